"""The clock that is moved, for tests of a running shop: its setting, and how it follows its file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shop.adapters.clock import MovedClock
from shop.settings import Configuration
from tests.unit.settings.reading import SERVER, problems, settings

FILE = {"SHOP_CLOCK_OFFSET_SECONDS_FILE": "offset"}
REFUSED = "SHOP_CLOCK_OFFSET_SECONDS_FILE may be set only with the sandbox and the embedded database."


def test_the_clock_can_be_moved_only_with_the_sandbox_and_the_embedded_database(folder: Path) -> None:
    assert settings(FILE, folder).clock_offset_file == Path("offset")
    assert settings({}, folder).clock_offset_file is None
    assert problems({**SERVER, **FILE}, folder) == [REFUSED]
    assert REFUSED in problems({**FILE, "SHOP_PAYMENTS": "stripe"}, folder)
    assert problems({**FILE, "SHOP_PAYMENTS": "manual"}, folder) == [REFUSED]


def test_a_moved_clock_is_announced(folder: Path) -> None:
    (warning,) = Configuration.read(FILE, folder).warnings
    assert warning == "The shop's clock is moved: SHOP_CLOCK_OFFSET_SECONDS_FILE names offset."
    assert Configuration.read({}, folder).warnings == ()


class TestMovedClock:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "offset"

    def test_it_never_goes_back(self, file: Path) -> None:
        clock = MovedClock(file, iter(range(100)).__next__)
        for text, offset in (
            (None, 0),
            ("60\n", 60),
            ("59", 60),
            ("-5", 60),
            ("soon", 60),
            ("1.5", 60),
            ("", 60),
            (" 3600 ", 3600),
        ):
            if text is not None:
                file.write_text(text)
            assert clock.offset_seconds() == offset, text
        file.unlink()
        assert clock.offset_seconds() == 3600
        file.write_bytes(b"\xff\xfe")
        assert clock.offset_seconds() == 3600
        file.write_text("9" * 400)
        assert clock.now() > datetime.now(UTC)

    def test_it_reads_the_file_at_most_every_50_ms(self, file: Path) -> None:
        moments = iter([0.0, 0.0, 0.049, 0.051])
        clock = MovedClock(file, lambda: next(moments))
        assert clock.offset_seconds() == 0
        file.write_text("10")
        assert clock.offset_seconds() == 0
        assert clock.offset_seconds() == 10

    def test_it_is_ahead_of_the_system_s_clock(self, file: Path) -> None:
        file.write_text("86400")
        before = datetime.now(UTC)
        now = MovedClock(file).now()
        assert before <= now - timedelta(days=1) <= datetime.now(UTC)
