"""The setting that moves the shop's clock, for tests of a running shop."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shop.settings.setting import setting
from shop.settings.values import Payments, embedded_file

_VARIABLE: Final = "SHOP_CLOCK_OFFSET_SECONDS_FILE"


def optional_path(text: str) -> Path | None:
    """Parse a path; empty: None."""
    return Path(text) if text else None


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class ClockSettings:
    """The setting of a clock that is moved."""

    clock_offset_file: Path | None = setting(
        _VARIABLE,
        "For tests, with the sandbox and the embedded database only: a file with the whole number of seconds by which "
        "the shop's clock is ahead. Writing a larger number into it moves the clock of the running shop.",
        optional_path,
        "",
    )


def clock_problems(
    file: Path | None, database_url: str | None, payments: Collection[Payments] | None
) -> list[str]:
    """Return the problem if the clock is moved without the sandbox and the embedded database."""
    is_for_tests = embedded_file(database_url or "") is not None and Payments.SANDBOX in (payments or ())
    if file is None or is_for_tests:
        return []
    return [f"{_VARIABLE} may be set only with the sandbox and the embedded database."]


def clock_warnings(file: Path | None) -> list[str]:
    """Return a sentence about a clock that is moved."""
    return [] if file is None else [f"The shop's clock is moved: {_VARIABLE} names {file}."]
