"""Days, weeks and months in the shop's time zone, and spans of time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

_DAY: Final = timedelta(days=1)


class Granularity(StrEnum):
    """The length of a series' periods."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Block(StrEnum):
    """The length of a block of days: a month, or a quarter of a year."""

    MONTH = "month"
    QUARTER = "quarter"


def day_of(at: datetime, zone: tzinfo) -> date:
    """Return the moment's day in the zone."""
    return at.astimezone(zone).date()


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the day's start in the zone, as UTC. Days are not always 24 hours long."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_of(day: date) -> date:
    """Return the first day of the day's month, which represents the month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """Return the first day of the next month."""
    return month_of(month_of(day) + timedelta(days=31))


def block_of(day: date, block: Block) -> date:
    """Return the first day of the day's block, which represents the block."""
    match block:
        case Block.MONTH:
            return month_of(day)
        case Block.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def next_block(day: date, block: Block) -> date:
    """Return the first day of the next block."""
    match block:
        case Block.MONTH:
            return next_month(day)
        case Block.QUARTER:
            return next_month(block_of(day, block) + 62 * _DAY)


def tiles(first: date, end: date) -> list[tuple[Block | None, date, date]]:
    """Split the days from `first` to `end` (excluded) into ranges of the longest blocks that fit, in order.

    Each range is `(block, first, end)`; the block is None for single days. At most one range consists of
    quarters, and at most two of months, and of days.
    """
    return _tiles(first, end, (Block.QUARTER, Block.MONTH))


def period_of(day: date, granularity: Granularity) -> str:
    """Return the name of the day's period: `2026-02-14`, `2026-W07` or `2026-02`.

    Weeks are ISO 8601 weeks; at the turn of the year, a week may belong to another year than the day.
    """
    match granularity:
        case Granularity.DAY:
            return day.isoformat()
        case Granularity.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case Granularity.MONTH:
            return f"{day:%Y-%m}"


def periods(first: date, last: date, granularity: Granularity) -> list[str]:
    """Return the names of all periods from the first day's to the last day's, in order."""
    days = (first + number * _DAY for number in range((last - first).days + 1))
    return list(dict.fromkeys(period_of(day, granularity) for day in days))


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `since` (included) to `until` (excluded). None means no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    @property
    def is_empty(self) -> bool:
        return self.since is not None and self.until is not None and self.since >= self.until


ALWAYS: Final = Span()


@dataclass(frozen=True, slots=True)
class SpanOfDays:
    """A span split into whole days, from `first` to `end` (excluded; None: no bound), and the rest.

    `edges` are the incomplete days at the ends of the span.
    """

    first: date | None
    end: date | None
    edges: tuple[Span, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether the span has no whole day."""
        return self.first is not None and self.end is not None and self.first >= self.end


def in_days(span: Span, zone: tzinfo) -> SpanOfDays:
    """Split the span into whole days in the zone and the rest."""
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


def _tiles(first: date, end: date, blocks: tuple[Block, ...]) -> list[tuple[Block | None, date, date]]:
    if first >= end:
        return []
    if not blocks:
        return [(None, first, end)]
    block, *finer = blocks
    whole, whole_end = next_block(first - _DAY, block), block_of(end, block)
    if whole >= whole_end:
        return _tiles(first, end, tuple(finer))
    return [
        *_tiles(first, whole, tuple(finer)),
        (block, whole, whole_end),
        *_tiles(whole_end, end, tuple(finer)),
    ]


def _first_whole_day(since: datetime, zone: tzinfo) -> date:
    day = day_of(since, zone)
    return day if start_of_day(day, zone) == since else day + _DAY
