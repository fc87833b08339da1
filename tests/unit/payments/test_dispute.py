"""Disputes: the shop's view after provider statements in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop.domain.orders.order import OrderStatus
from shop.domain.payments.dispute import Dispute, DisputeStatus, PaymentDisputed, merged
from tests.unit.orders.samples import order_that_is

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(days=30)

CLOSED = {"warning_closed", "prevented", "won", "lost"}
HOLDS_MONEY = {"needs_response", "under_review"}


def a_dispute(status: DisputeStatus, amount: int = 400, number: int = 1, at: datetime = LATER) -> Dispute:
    return Dispute.stated(f"dp_{number}", status, amount, "fraudulent", AT, at)


@pytest.mark.parametrize("status", DisputeStatus)
def test_a_dispute_is_closed_when_its_status_says_so(status: DisputeStatus) -> None:
    assert a_dispute(status).closed_at == (LATER if status in CLOSED else None)


def test_a_dispute_is_closed_at_the_first_report_of_its_end() -> None:
    [known] = merged([], [a_dispute(DisputeStatus.LOST)])
    [again] = merged([known], [a_dispute(DisputeStatus.LOST, at=LATER + timedelta(days=1))])
    assert again == known
    [reopened] = merged([known], [a_dispute(DisputeStatus.UNDER_REVIEW)])
    assert reopened.closed_at is None


def test_all_disputes_of_a_payment_are_stored_oldest_first() -> None:
    first, second = (
        a_dispute(DisputeStatus.WON),
        replace(a_dispute(DisputeStatus.LOST, number=2), opened_at=LATER),
    )
    assert merged([second], [first]) == merged([first], [second]) == (first, second)


@pytest.mark.parametrize("marked_at", [AT - timedelta(days=1), LATER])
def test_a_payment_counts_as_disputed_since_its_first_dispute(marked_at: datetime) -> None:
    order = order_that_is(OrderStatus.PAID, total=1000).mark_disputed(marked_at)
    assert order.record_disputes([]).disputed_at == marked_at
    assert order.record_disputes([a_dispute(DisputeStatus.NEEDS_RESPONSE)]).disputed_at == min(marked_at, AT)


@pytest.mark.parametrize(
    ("amounts", "refunded", "lost"),
    [((400,), 0, 400), ((400, 300), 0, 700), ((900, 900), 0, 1000), ((900,), 600, 400)],
)
def test_a_loss_never_exceeds_the_remaining_amount(
    amounts: tuple[int, ...], refunded: int, lost: int
) -> None:
    order = order_that_is(OrderStatus.PAID, total=1000)
    if refunded:
        order = order.refund(refunded, AT)
    disputes = [a_dispute(DisputeStatus.LOST, amount, number) for number, amount in enumerate(amounts)]
    order = order.record_disputes(disputes)
    assert (order.disputes_lost, order.refundable_amount) == (lost, 1000 - refunded - lost)
    won = [a_dispute(DisputeStatus.WON, amount, number) for number, amount in enumerate(amounts)]
    assert order.record_disputes(won).disputes_lost == 0


@pytest.mark.parametrize("status", DisputeStatus)
def test_refunds_are_blocked_only_while_a_dispute_holds_the_money(status: DisputeStatus) -> None:
    order = order_that_is(OrderStatus.PAID, total=1000).record_disputes([a_dispute(status)])
    if status in HOLDS_MONEY:
        with pytest.raises(PaymentDisputed) as refused:
            order.ensure_not_disputed()
        assert refused.value.details["status"] == status
    else:
        order.ensure_not_disputed()
