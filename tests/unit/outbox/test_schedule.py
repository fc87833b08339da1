"""When deliveries are attempted."""

from datetime import UTC, datetime, timedelta

import pytest

from shop.domain.outbox.schedule import (
    LAST_CHANCE,
    LEASE,
    MAX_ATTEMPTS,
    MAX_ERROR_LENGTH,
    DeliveryStatus,
    Schedule,
)

START = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def failed_until_the_end(schedule: Schedule) -> tuple[Schedule, list[timedelta]]:
    """Fail every attempt when it is due. Return the finished schedule and the pauses between the attempts."""
    pauses, at = [], START
    while (due_at := schedule.due_at) is not None:
        pauses.append(due_at - at)
        at = due_at
        schedule = schedule.lease(at).fail(at, "refused")
    return schedule, pauses[1:]


def test_a_new_delivery_is_due_immediately() -> None:
    assert Schedule.begin(START) == Schedule(due_at=START, status=DeliveryStatus.PENDING)


def test_attempts_follow_the_published_pauses() -> None:
    finished, pauses = failed_until_the_end(Schedule.begin(START))
    hours = [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
    assert pauses == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), *hours]
    assert (finished.status, finished.attempts) == (DeliveryStatus.FAILED, 10)
    assert finished.first_attempt_at == START
    assert finished.finished_at == START + sum(pauses, timedelta())
    assert finished.error == "refused"


def test_the_last_attempt_is_made_shortly_before_the_deadline() -> None:
    finished, pauses = failed_until_the_end(Schedule.begin(START, deadline=START + timedelta(minutes=30)))
    assert pauses == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=19, seconds=55)]
    assert (finished.status, finished.attempts) == (DeliveryStatus.FAILED, 4)
    assert finished.finished_at == START + timedelta(minutes=30) - LAST_CHANCE


def test_no_attempt_is_made_after_the_deadline() -> None:
    late = Schedule.begin(START, deadline=START + timedelta(minutes=30)).fail(
        START + timedelta(minutes=29), "refused"
    )
    assert (late.status, late.attempts, late.due_at) == (DeliveryStatus.FAILED, 1, None)


def test_a_success_ends_the_delivery() -> None:
    arrived = Schedule.begin(START).fail(START, "refused").succeed(START + timedelta(seconds=6))
    assert (arrived.status, arrived.attempts, arrived.error) == (DeliveryStatus.SUCCEEDED, 2, None)
    assert (arrived.due_at, arrived.first_attempt_at) == (None, START)
    assert arrived.finished_at == START + timedelta(seconds=6)


def test_a_lease_makes_the_delivery_due_again_after_its_worker_died() -> None:
    leased = Schedule.begin(START).lease(START)
    assert leased.due_at == START + LEASE
    assert leased.attempts == 0
    with pytest.raises(AssertionError):
        leased.lease(START)


def test_a_restarted_delivery_has_all_its_attempts_again() -> None:
    finished, _ = failed_until_the_end(Schedule.begin(START))
    again = finished.restart(START + timedelta(days=5))
    assert (again.status, again.attempts, again.first_attempt_at) == (DeliveryStatus.PENDING, 0, None)
    assert again.due_at == START + timedelta(days=5)
    assert failed_until_the_end(again)[0].attempts == MAX_ATTEMPTS


def test_long_errors_are_cut() -> None:
    error = Schedule.begin(START).fail(START, "x" * 1000).error
    assert error is not None
    assert len(error) == MAX_ERROR_LENGTH
