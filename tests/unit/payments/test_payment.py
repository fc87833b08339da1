"""Payments and refunds: the shop's view after provider statements in any order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import FINAL_PAYMENT_STATUSES, Intent, Payment, PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus
from tests.unit.orders.samples import LATER, ORDER_ID, PLACED

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
# The statuses that a provider can state.
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


def test_succeeded_and_cancelled_payments_are_final() -> None:
    assert FINAL_PAYMENT_STATUSES == FINAL


@given(statements)
def test_a_payment_has_the_last_status_up_to_the_first_final_one(
    stated: list[PaymentStatus],
) -> None:
    payment = PAYMENT
    for status in stated:
        payment = payment.observe(intent(status), LATER)
    final = [status for status in stated if status in FINAL]
    assert payment.status is (final or stated[-1:] or [PaymentStatus.PENDING])[0]


@pytest.mark.parametrize("final", sorted(FINAL))
@pytest.mark.parametrize("stated", STATED)
def test_a_final_status_never_changes(final: PaymentStatus, stated: PaymentStatus) -> None:
    payment = replace(PAYMENT, status=final)
    assert payment.observe(intent(stated), LATER) is payment


@pytest.mark.parametrize("status", sorted(set(STATED) - FINAL))
def test_a_repeated_statement_updates_only_the_time(status: PaymentStatus) -> None:
    payment = replace(PAYMENT, status=status)
    assert payment.observe(intent(status), LATER) == replace(payment, updated_at=LATER)


def test_an_observation_updates_only_status_and_time() -> None:
    observed = PAYMENT.observe(intent(PaymentStatus.PROCESSING), LATER)
    assert observed == replace(PAYMENT, status=PaymentStatus.PROCESSING, updated_at=LATER)


def test_a_statement_about_another_intent_is_refused() -> None:
    with pytest.raises(AssertionError):
        PAYMENT.observe(intent(PaymentStatus.SUCCEEDED, "another"), LATER)


# Refunds


@pytest.mark.parametrize("restock", [False, True])
def test_a_new_refund_waits_for_the_providers_verdict(restock: bool) -> None:
    refund = Refund.of("refund", PAYMENT, 400, "broken", LATER, restock=restock)
    assert refund == Refund(
        id="refund",
        order_id=PAYMENT.order_id,
        intent_id=PAYMENT.intent_id,
        amount=400,
        reason="broken",
        restock=restock,
        status=RefundStatus.PENDING,
        created_at=LATER,
    )


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
def test_a_settled_refund_may_only_fail_later(first: RefundStatus, second: RefundStatus) -> None:
    settled = REFUND.settle(first, "their id")
    after = settled.settle(second, "their id")
    assert after.status is (second if second is RefundStatus.FAILED else first)
    assert after is settled or (first, second) == (RefundStatus.SUCCEEDED, RefundStatus.FAILED)


@pytest.mark.parametrize("made", [RefundStatus.PENDING, RefundStatus.SUCCEEDED])
def test_a_refund_recorded_as_refused_is_revived_if_the_provider_has_it(
    made: RefundStatus,
) -> None:
    refused = replace(REFUND, provider_refund_id=None).settle(RefundStatus.FAILED, None)
    assert refused.settle(made, None) is refused
    assert refused.settle(made, "their id") == replace(refused, status=made, provider_refund_id="their id")


def test_a_pending_refund_can_still_get_a_result() -> None:
    waiting = REFUND.settle(RefundStatus.PENDING, "their id")
    assert waiting.status is RefundStatus.PENDING
    assert waiting.settle(RefundStatus.SUCCEEDED, "their id").status is RefundStatus.SUCCEEDED


def test_a_result_without_the_providers_id_keeps_the_known_id() -> None:
    waiting = REFUND.settle(RefundStatus.PENDING, "their id")
    assert waiting.settle(RefundStatus.FAILED, None).provider_refund_id == "their id"


# The ledger

CAPTURED = replace(PAYMENT, status=PaymentStatus.SUCCEEDED, attempt=2, intent_id="captured")
SECOND = replace(CAPTURED, attempt=1, intent_id="second", updated_at=LATER)
some_refunds = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.sampled_from(RefundStatus),
        st.sampled_from(["captured", "second"]),
        st.booleans(),
    ),
    max_size=6,
)


def ledger_with(refunds: list[tuple[int, RefundStatus, str, bool]]) -> Ledger:
    ledger = Ledger([PAYMENT]).with_payment(CAPTURED).with_payment(SECOND)
    for number, (amount, status, intent_id, restock) in enumerate(refunds):
        refund = replace(REFUND, id=str(number), amount=amount, status=status, intent_id=intent_id)
        ledger = ledger.with_refund(replace(refund, restock=restock))
    return ledger


@pytest.mark.parametrize("status", [status for status in STATED if status is not PaymentStatus.SUCCEEDED])
def test_an_unpaid_payment_has_nothing_to_refund(status: PaymentStatus) -> None:
    ledger = Ledger([replace(PAYMENT, status=status)])
    assert (ledger.captured, ledger.left) == (None, 0)


@given(some_refunds)
def test_the_remaining_amount_excludes_pending_and_completed_refunds(
    refunds: list[tuple[int, RefundStatus, str, bool]],
) -> None:
    gone = [
        amount
        for amount, status, intent_id, _ in refunds
        if intent_id == "captured" and status is not RefundStatus.FAILED
    ]
    ledger = ledger_with(refunds)
    assert ledger.captured == CAPTURED, "the money that came first pays for the order"
    assert ledger.left == CAPTURED.amount - sum(gone)


def test_a_ledger_replaces_an_updated_payment_or_refund_and_stays_sorted() -> None:
    ledger = Ledger().with_payment(CAPTURED).with_payment(SECOND).with_payment(replace(CAPTURED, amount=5))
    assert [(payment.attempt, payment.amount) for payment in ledger.payments] == [(1, 1000), (2, 5)]
    ledger = ledger.with_refund(replace(REFUND, id="b")).with_refund(replace(REFUND, id="a"))
    ledger = ledger.with_refund(replace(REFUND, id="b", status=RefundStatus.FAILED))
    assert [refund.id for refund in ledger.refunds] == ["a", "b"]
    assert [refund.id for refund in ledger.pending_refunds] == ["a"]
    assert ledger.payment_of("second") == SECOND
    assert ledger.payment_of("another") is None
