"""Payments and refunds: what the shop knows after what the provider said, in whatever order it was heard."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.order import OrderStatus
from shop.domain.payment import FINAL_PAYMENT_STATUSES, Intent, Payment, PaymentStatus, Refund, RefundStatus
from tests.unit.domain.orders import LATER, ORDER_ID, PLACED, order_that_is

PAYMENT = Payment(
    order_id=ORDER_ID,
    attempt=1,
    provider="sandbox",
    intent_id="intent",
    client_secret="secret",
    status=PaymentStatus.PENDING,
    amount=1000,
    currency="USD",
    created_at=PLACED,
    updated_at=PLACED,
)
REFUND = Refund(
    id="refund",
    order_id=ORDER_ID,
    intent_id="intent",
    amount=1000,
    reason=None,
    restock=False,
    status=RefundStatus.PENDING,
    created_at=PLACED,
)

FINAL = {PaymentStatus.SUCCEEDED, PaymentStatus.CANCELLED}
# What a provider can say of an intent.
STATED = [
    PaymentStatus.PENDING,
    PaymentStatus.PROCESSING,
    PaymentStatus.FAILED,
    PaymentStatus.SUCCEEDED,
    PaymentStatus.CANCELLED,
]
statements = st.lists(st.sampled_from(STATED), max_size=8)


def intent(status: PaymentStatus, intent_id: str = "intent") -> Intent:
    return Intent(intent_id, status, amount=1000, currency="USD", order_id=ORDER_ID, attempt=1)


# Payments


def test_what_has_succeeded_or_was_cancelled_is_final() -> None:
    assert FINAL_PAYMENT_STATUSES == FINAL


@given(statements)
def test_a_payment_is_what_the_provider_said_last_up_to_the_first_final_word(
    said: list[PaymentStatus],
) -> None:
    payment = PAYMENT
    for status in said:
        payment = payment.observe(intent(status), LATER)
    final = [status for status in said if status in FINAL]
    assert payment.status is (final or said[-1:] or [PaymentStatus.PENDING])[0]


@pytest.mark.parametrize("final", sorted(FINAL))
@pytest.mark.parametrize("stated", STATED)
def test_a_final_status_never_changes(final: PaymentStatus, stated: PaymentStatus) -> None:
    payment = replace(PAYMENT, status=final)
    assert payment.observe(intent(stated), LATER) is payment


@pytest.mark.parametrize("status", sorted(set(STATED) - FINAL))
def test_hearing_the_same_again_says_only_that_it_was_heard(status: PaymentStatus) -> None:
    payment = replace(PAYMENT, status=status)
    assert payment.observe(intent(status), LATER) == replace(payment, updated_at=LATER)


def test_an_observation_says_when_it_was_made_and_changes_nothing_else() -> None:
    observed = PAYMENT.observe(intent(PaymentStatus.PROCESSING), LATER)
    assert observed == replace(PAYMENT, status=PaymentStatus.PROCESSING, updated_at=LATER)


def test_what_is_said_of_another_intent_is_no_observation() -> None:
    with pytest.raises(AssertionError):
        PAYMENT.observe(intent(PaymentStatus.SUCCEEDED, "another"), LATER)


# Refunds


def test_a_refund_that_is_owed_waits_for_the_providers_verdict() -> None:
    order = order_that_is(OrderStatus.PAID)
    refund = Refund.owe("refund", order, "intent", 400, "broken", LATER)
    assert refund == Refund(
        id="refund",
        order_id=order.id,
        intent_id="intent",
        amount=400,
        reason="broken",
        restock=False,
        status=RefundStatus.PENDING,
        created_at=LATER,
    )


@pytest.mark.parametrize("status", OrderStatus)
def test_the_goods_go_back_into_the_stock_with_the_refund_of_a_cancellation(status: OrderStatus) -> None:
    refund = Refund.owe("refund", order_that_is(status), "intent", 1000, "cancelled", LATER)
    assert refund.restock == (status is OrderStatus.CANCELLING)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_of_nothing_cannot_be_made(amount: int) -> None:
    with pytest.raises(AssertionError):
        replace(REFUND, amount=amount)


@pytest.mark.parametrize("verdict", [RefundStatus.SUCCEEDED, RefundStatus.FAILED])
def test_a_refund_takes_the_providers_verdict(verdict: RefundStatus) -> None:
    settled = REFUND.settle(verdict, "their id")
    assert settled == replace(REFUND, status=verdict, provider_refund_id="their id")


@pytest.mark.parametrize("first", [RefundStatus.SUCCEEDED, RefundStatus.FAILED])
@pytest.mark.parametrize("second", RefundStatus)
def test_a_refund_is_settled_once(first: RefundStatus, second: RefundStatus) -> None:
    settled = REFUND.settle(first, "their id")
    assert settled.settle(second, "another id") is settled


def test_a_refund_without_a_verdict_yet_can_still_get_one() -> None:
    waiting = REFUND.settle(RefundStatus.PENDING, "their id")
    assert waiting.status is RefundStatus.PENDING
    assert waiting.settle(RefundStatus.SUCCEEDED, "their id").status is RefundStatus.SUCCEEDED
