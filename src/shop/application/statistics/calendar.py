"""`from` and `to` in requests: days in the shop's time zone, or timestamps."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

import msgspec

from shop.domain.errors import ValidationFailed
from shop.domain.periods import Span, start_of_day

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNESCAPED_PLUS: Final = re.compile(r" (?=\d{2}:\d{2}$)", re.ASCII)
_YEARS: Final = range(1970, 3000)
_UNREADABLE: Final = (
    "must be a day such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z, "
    f"of the years {_YEARS.start} to {_YEARS.stop - 1}"
)


class Calendar:
    """Converts days in the shop's time zone to spans of time."""

    def __init__(self, time_zone: tzinfo) -> None:
        self._time_zone = time_zone

    def span(self, since: str | None, until: str | None) -> Span:
        """Return the span from `from` to `to`.

        A day (`2026-02-14`) counts in full, at both ends; a timestamp has an offset (`2026-02-14T09:00:00Z`), and as
        `to` it is exclusive. Raises ValidationFailed for any other format, and when `from` is after `to`.
        """
        span = Span(
            None if since is None else self._moment(since, "from"),
            None if until is None else self._moment(until, "to", days=1),
        )
        # `from` and `to` may be the same moment. But if `to` is a day, `until` is the start of the next day:
        # a `from` at that time is after `to`.
        if span.is_empty and (span.since != span.until or _DAY.fullmatch(until or "")):
            raise ValidationFailed({"from": "must not be after `to`"})
        return span

    def _moment(self, text: str, field: str, *, days: int = 0) -> datetime:
        """Parse the text. For a day, return its start, shifted by `days`."""
        try:
            if _DAY.fullmatch(text):
                day = msgspec.convert(text, date)
                if day.year in _YEARS:
                    return start_of_day(day + timedelta(days=days), self._time_zone)
            else:
                # A plus sign that was not escaped arrives as a space.
                moment = msgspec.convert(_UNESCAPED_PLUS.sub("+", text), datetime)
                if moment.tzinfo is None:
                    raise ValidationFailed({field: "must have a time zone, such as a trailing Z"})
                if moment.year in _YEARS:
                    return moment.astimezone(UTC)
        except msgspec.ValidationError:
            pass
        raise ValidationFailed({field: _UNREADABLE})
