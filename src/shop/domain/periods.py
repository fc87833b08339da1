"""Days, weeks and months as the shop's clock on the wall counts them, and stretches of time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

_DAY = timedelta(days=1)


class Granularity(StrEnum):
    """How long the periods of a series are."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day on which the moment lies in the zone."""
    return at.astimezone(zone).date()


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The first moment of the day in the zone, in UTC: not always 24 hours after that of the day before."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_of(day: date) -> date:
    """The first day of the day's month, which stands for it."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month + timedelta(days=31))


def period_of(day: date, granularity: Granularity) -> str:
    """The name of the day's period: `2026-02-14`, `2026-W07` (ISO 8601, whose years are its own) or `2026-02`."""
    match granularity:
        case Granularity.DAY:
            return day.isoformat()
        case Granularity.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case Granularity.MONTH:
            return f"{day:%Y-%m}"


def periods(first: date, last: date, granularity: Granularity) -> list[str]:
    """The names of all periods from that of the first day to that of the last, in turn."""
    days = (first + number * _DAY for number in range((last - first).days + 1))
    return list(dict.fromkeys(period_of(day, granularity) for day in days))


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `since` on and before `until`; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    @property
    def is_empty(self) -> bool:
        return self.since is not None and self.until is not None and self.since >= self.until


@dataclass(frozen=True, slots=True)
class SpanOfDays:
    """A span taken apart: the whole days from `first` on and before `end` (None: no bound), and what is left over.

    `edges` are the parts of a day at its ends.
    """

    first: date | None
    end: date | None
    edges: tuple[Span, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no whole day."""
        return self.first is not None and self.end is not None and self.first >= self.end


def in_days(span: Span, zone: tzinfo) -> SpanOfDays:
    """The whole days of the zone in the span, and the rest."""
    first = None if span.since is None else _first_whole_day(span.since, zone)
    end = None if span.until is None else day_of(span.until, zone)
    if first is not None and end is not None and first > end:
        return SpanOfDays(end, end, () if span.is_empty else (span,))
    edges = []
    if first is not None:
        edges.append(Span(span.since, start_of_day(first, zone)))
    if end is not None:
        edges.append(Span(start_of_day(end, zone), span.until))
    return SpanOfDays(first, end, tuple(edge for edge in edges if not edge.is_empty))


def _first_whole_day(since: datetime, zone: tzinfo) -> date:
    day = day_of(since, zone)
    return day if start_of_day(day, zone) == since else day + _DAY
