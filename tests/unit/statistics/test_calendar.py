"""The bounds of periods: callers write days of the shop's time zone or exact times."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shop.application.statistics.calendar import Calendar
from shop.domain.errors import ValidationFailed
from shop.domain.periods import ALWAYS, Span

BERLIN = Calendar(ZoneInfo("Europe/Berlin"))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        (None, None, ALWAYS),
        ("2026-01-31", None, Span(utc(2026, 1, 30, 23), None)),
        (None, "2026-01-31", Span(None, utc(2026, 1, 31, 23))),
        ("2026-01-31", "2026-01-31", Span(utc(2026, 1, 30, 23), utc(2026, 1, 31, 23))),
        ("2026-03-29", "2026-03-29", Span(utc(2026, 3, 28, 23), utc(2026, 3, 29, 22))),  # a day of 23 hours
        ("2026-10-25", "2026-10-25", Span(utc(2026, 10, 24, 22), utc(2026, 10, 25, 23))),  # a day of 25 hours
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", Span(utc(2026, 1, 31, 12), utc(2026, 1, 31, 12))),
        ("2026-01-31T12:00:00+02:00", "2026-02-01", Span(utc(2026, 1, 31, 10), utc(2026, 2, 1, 23))),
        ("2026-01-31T12:00:00 02:00", None, Span(utc(2026, 1, 31, 10), None)),  # a plus that was not escaped
        ("2026-01-31 12:00:00.5Z", None, Span(utc(2026, 1, 31, 12, 0, 0, 500_000), None)),
    ],
)
def test_bounds_are_days_of_the_shops_zone_or_exact_times(
    since: str | None, until: str | None, period: Span
) -> None:
    assert BERLIN.span(since, until) == period


def test_a_period_includes_its_start_and_excludes_its_end() -> None:
    day = BERLIN.span("2026-01-31", "2026-01-31")
    assert day.since in day
    assert day.until not in day
    assert utc(1, 1, 1) in ALWAYS


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-02-01", "2026-01-31"),
        ("2026-01-31T12:00:00Z", "2026-01-31T11:59:59Z"),
        ("2026-02-01", "2026-01-31T22:00:00Z"),
    ],
)
def test_a_period_that_starts_after_its_end_is_refused(since: str, until: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        BERLIN.span(since, until)
    assert refusal.value.details == {"from": "must not be after `to`"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-02-30",
        "20260131",
        "2026-W05",
        "2026-01",
        "1769860800",
        "2026-01-31T12:00:00",
        "2026-01-31T25:00:00Z",
        "0001-01-01",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_unreadable_and_out_of_range_bounds_are_refused(text: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        BERLIN.span(text, None)
    assert refusal.value.details.keys() == {"from"}
    with pytest.raises(ValidationFailed) as refusal:
        BERLIN.span(None, text.replace("0001-01-01", "9999-12-31"))
    assert refusal.value.details.keys() == {"to"}
