"""What this process has changed within the last second."""

from collections.abc import Iterable

from shop.application.ports.shared_reads import LIFETIME_SECONDS


class RecentChanges:
    """When what was changed, by names of the caller's choice, for as long as older values are about.

    Moments are seconds on one clock, none earlier than the last one's.
    """

    def __init__(self) -> None:
        self._changed: dict[str, float] = {}

    def note(self, names: Iterable[str], now: float) -> None:
        """These have just been changed."""
        for name in names:
            self._changed.pop(name, None)  # in the order of time
            self._changed[name] = now
        while self._changed:
            oldest = next(iter(self._changed))
            if self._changed[oldest] >= now - LIFETIME_SECONDS:
                break
            del self._changed[oldest]

    def any_since(self, moment: float, names: Iterable[str]) -> bool:
        """Whether one of these was changed at that moment, which is less than LIFETIME_SECONDS ago, or later."""
        return any(self._changed.get(name, moment - 1) >= moment for name in names)
