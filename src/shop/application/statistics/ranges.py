"""`from` and `to` as callers write them: days of the shop's time zone, or moments."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shop.domain.errors import ValidationFailed
from shop.domain.periods import Span, start_of_day

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARS: Final = range(1970, 3000)


def span_of(since: str | None, until: str | None, zone: ZoneInfo) -> Span:
    """The time that `from` and `to` mean.

    A date (`2026-02-14`) is the whole day in the zone, the last one included; a timestamp with its offset
    (`2026-02-14T09:00:00Z`) is that moment, and `to` is the first that doesn't count. Raises ValidationFailed for
    anything else, and when `from` is after `to`.
    """
    span = Span(
        None if since is None else _moment(since, "from", zone),
        None if until is None else _moment(until, "to", zone, days=1),
    )
    # A day ends where the next begins: `from` may not be there any more, unlike at a moment itself.
    if span.is_empty and (span.since != span.until or _DAY.fullmatch(until or "")):
        raise ValidationFailed({"from": "must not be after `to`"})
    return span


def _moment(text: str, field: str, zone: ZoneInfo, days: int = 0) -> datetime:
    """With a date: the beginning of the day so many days later."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            if day.year in _YEARS:
                return start_of_day(day + timedelta(days=days), zone)
        else:
            # A plus sign that was not escaped arrives as a space.
            moment = datetime.fromisoformat(text.replace(" ", "+"))
            if moment.tzinfo is not None and moment.year in _YEARS:
                return moment.astimezone(UTC)
    except ValueError:
        pass
    raise ValidationFailed(
        {
            field: f"must be a date or a timestamp with an offset, of the years {_YEARS.start}–{_YEARS.stop - 1}"
        }
    )
