"""Days, weeks and months in zones whose clocks go forward and back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.periods import (
    Block,
    Granularity,
    Span,
    block_of,
    day_of,
    in_days,
    month_of,
    next_block,
    next_month,
    period_of,
    periods,
    start_of_day,
    tiles,
)

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
    )
]
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, zones)
def test_a_moment_lies_in_its_day(at: datetime, zone: ZoneInfo) -> None:
    day = day_of(at, zone)
    assert start_of_day(day, zone) <= at < start_of_day(day + timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/Havana", date(2026, 3, 8), 23),
        ("America/Havana", date(2026, 11, 1), 25),
    ],
)
def test_days_have_their_actual_length(zone: str, day: date, hours: int) -> None:
    found = ZoneInfo(zone)
    length = start_of_day(day + timedelta(days=1), found) - start_of_day(day, found)
    assert length == timedelta(hours=hours)


@given(st.one_of(st.none(), moments), st.one_of(st.none(), moments), moments, zones)
def test_a_span_consists_of_its_whole_days_and_its_edges(
    since: datetime | None, until: datetime | None, at: datetime, zone: ZoneInfo
) -> None:
    span = Span(since, until)
    days = in_days(span, zone)
    day = day_of(at, zone)
    in_whole_days = (days.first is None or day >= days.first) and (days.end is None or day < days.end)
    parts = [in_whole_days, *(at in edge for edge in days.edges)]
    assert sum(parts) == (at in span)
    for edge in days.edges:
        assert edge.since is not None
        assert edge.until is not None
        assert day_of(edge.since, zone) == day_of(edge.until - timedelta(microseconds=1), zone)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2026, 2, 14), ["2026-02-14", "2026-W07", "2026-02"]),
        (date(2027, 1, 1), ["2027-01-01", "2026-W53", "2027-01"]),
        (date(2024, 12, 30), ["2024-12-30", "2025-W01", "2024-12"]),
    ],
)
def test_periods_have_names(day: date, names: list[str]) -> None:
    assert [period_of(day, granularity) for granularity in Granularity] == names


def test_no_period_is_left_out() -> None:
    first, last = date(2026, 1, 30), date(2026, 3, 2)
    assert periods(first, last, Granularity.MONTH) == ["2026-01", "2026-02", "2026-03"]
    weeks = periods(first, last, Granularity.WEEK)
    assert weeks == ["2026-W05", "2026-W06", "2026-W07", "2026-W08", "2026-W09", "2026-W10"]
    assert len(periods(first, last, Granularity.DAY)) == 32
    assert periods(first, first, Granularity.DAY) == ["2026-01-30"]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_months_follow_each_other(day: date) -> None:
    month = month_of(day)
    assert month <= day < next_month(month)
    assert next_month(month).day == 1


days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.sampled_from(Block))
def test_blocks_tile_the_days(day: date, block: Block) -> None:
    first, following = block_of(day, block), next_block(day, block)
    assert first <= day < following
    assert block_of(following, block) == following == next_block(first, block)
    assert block_of(following - timedelta(days=1), block) == first


@given(days, st.integers(0, 1_500))
def test_tiles_cover_all_days_with_few_blocks(first: date, number: int) -> None:
    end = first + timedelta(days=number)
    found = tiles(first, end)
    reached = first
    for block, start, stop in found:
        assert start == reached < stop
        if block is not None:
            assert block_of(start, block) == start
            assert block_of(stop, block) == stop
        reached = stop
    assert reached == end
    kinds = [block for block, _, _ in found]
    assert kinds.count(Block.QUARTER) <= 1
    assert all(kinds.count(block) <= 2 for block in (None, Block.MONTH))
    single = sum((stop - start).days for block, start, stop in found if block is None)
    assert single <= 60, "less than a month at either end"
