"""The shop's clocks."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from shop.application.ports.system import Clock

_SECONDS_BETWEEN_READS: Final = 0.05
_MAX_OFFSET_SECONDS: Final = 100 * 366 * 24 * 60 * 60


class SystemClock:
    """See the port."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovedClock:
    """A clock that is ahead of the system's by the whole seconds in a file, for tests of a running shop.

    The file is read at most every 50 ms. If it is missing, or contains no whole number or a smaller one than
    before, the offset stays the same, so this clock never goes back.
    """

    def __init__(self, file: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._monotonic = monotonic
        self._next_read = monotonic()
        self._offset = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds())

    def offset_seconds(self) -> int:
        """Return by how much this clock is ahead of the system's."""
        now = self._monotonic()
        if now >= self._next_read:
            self._next_read = now + _SECONDS_BETWEEN_READS
            with suppress(OSError, ValueError):
                offset = int(self._file.read_text("ascii"))
                self._offset = max(self._offset, min(offset, _MAX_OFFSET_SECONDS))
        return self._offset


def clock_with(offset_file: Path | None) -> Clock:
    """Return the system's clock, or one that is ahead of it by the number in the file."""
    return SystemClock() if offset_file is None else MovedClock(offset_file)
