"""Changes made by this process within the last second."""

from collections.abc import Iterable

from shop.application.ports.shared_reads import LIFETIME_SECONDS


class RecentChanges:
    """Times of changes by name, kept for as long as older values may be cached.

    Times are seconds on one clock and must not decrease.
    """

    def __init__(self) -> None:
        self._changed: dict[str, float] = {}

    def note(self, names: Iterable[str], now: float) -> None:
        """Record that these names have just changed."""
        for name in names:
            self._changed.pop(name, None)  # keeps the dict in time order
            self._changed[name] = now
        while self._changed:
            oldest = next(iter(self._changed))
            if self._changed[oldest] >= now - LIFETIME_SECONDS:
                break
            del self._changed[oldest]

    def any_since(self, moment: float, names: Iterable[str]) -> bool:
        """Return whether any name changed at or after the moment, which must be less than LIFETIME_SECONDS ago."""
        return any(self._changed.get(name, moment - 1) >= moment for name in names)
