"""From what callers say of time, days of the shop among it, to moments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import msgspec

from shop.domain.errors import ValidationFailed

_ONE_DAY: Final = timedelta(days=1)
_UNREADABLE: Final = "must be a day such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Period:
    """The moments `[since, until)`, in UTC; None: no bound on that side."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


ALWAYS: Final = Period()


class Calendar:
    """Knows when the days of the shop begin: in its time zone."""

    def __init__(self, time_zone: tzinfo) -> None:
        self._time_zone = time_zone

    def period(self, since: str | None, until: str | None) -> Period:
        """The period between two bounds as callers write them on the wire, in `from` and `to`.

        A bound is a moment (ISO 8601 with a zone; `to` is not in the period) or a day (which both bounds
        include). Raises ValidationFailed for anything else, and when `from` is after `to`.
        """
        first, last = self._bound(since, "from"), self._bound(until, "to", last_day=True)
        # A day as `to` ends where the next one begins: a `from` there is after it.
        if first and last and (first > last or (first == last and _is_day(until))):
            raise ValidationFailed({"from": "must not be after `to`"})
        return Period(first, last)

    def _bound(self, text: str | None, field: str, *, last_day: bool = False) -> datetime | None:
        if text is None:
            return None
        try:
            if _is_day(text):
                day = msgspec.convert(text, date) + (_ONE_DAY if last_day else timedelta(0))
                return datetime.combine(day, time.min, self._time_zone).astimezone(UTC)
            moment = msgspec.convert(text, datetime)
            if moment.tzinfo is None:
                raise ValidationFailed({field: "must have a time zone, such as a trailing Z"})
            return moment.astimezone(UTC)
        except msgspec.ValidationError:
            raise ValidationFailed({field: _UNREADABLE}) from None
        except OverflowError:
            raise ValidationFailed({field: "must be between the years 1 and 9999 in UTC"}) from None


def _is_day(text: str | None) -> bool:
    return text is not None and len(text) == len("2026-01-31")
