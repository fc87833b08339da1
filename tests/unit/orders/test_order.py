"""An order's progress: the steps that each status allows, and the history."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.errors import ShopError
from shop.domain.orders.cancellation import Cancellation, CancellationReason
from shop.domain.orders.order import (
    CANCELLABLE,
    PAYABLE,
    TRANSITIONS,
    ForbiddenTransition,
    Order,
    OrderNotPayable,
    OrderStatus,
    StatusChange,
)
from tests.unit.orders.samples import LATER, ORDER_ID, PLACED, TERM, order_that_is, placed

AFTERWARDS = LATER + timedelta(minutes=5)
S = OrderStatus

# The transitions of the contract.
ALLOWED = {
    S.PENDING: {S.PAID, S.FAILED, S.CANCELLING},
    S.FAILED: {S.PAID, S.CANCELLING},
    S.CANCELLING: {S.CANCELLED, S.PAID},
    S.PAID: {S.SHIPPED, S.CANCELLING, S.REFUNDED},
    S.SHIPPED: {S.DELIVERED, S.REFUNDED},
    S.DELIVERED: {S.REFUNDED},
    S.CANCELLED: set(),
    S.REFUNDED: set(),
}

STEPS: dict[str, tuple[OrderStatus, Callable[[Order], Order]]] = {
    "pay": (S.PAID, lambda order: order.pay(AFTERWARDS)),
    "fail": (S.FAILED, lambda order: order.fail(AFTERWARDS, "declined")),
    "begin cancelling": (
        S.CANCELLING,
        lambda order: order.begin_cancelling(AFTERWARDS, CancellationReason.SHOP),
    ),
    "finish cancelling": (S.CANCELLED, lambda order: order.finish_cancelling(AFTERWARDS)),
    "ship": (S.SHIPPED, lambda order: order.ship(AFTERWARDS)),
    "deliver": (S.DELIVERED, lambda order: order.deliver(AFTERWARDS)),
    "refund": (S.REFUNDED, lambda order: order.refund(order.total, AFTERWARDS)),
}
"""Each verb with the status that it leads to."""


def history(order: Order) -> list[OrderStatus]:
    return [change.status for change in order.changes]


def is_allowed(current: OrderStatus, step: str) -> bool:
    return STEPS[step][0] in ALLOWED[current]


every_step = list(product(S, STEPS))
allowed_steps = [pair for pair in every_step if is_allowed(*pair)]
# A refund during or after a cancellation does not change the status, so it is not a step (tested below).
forbidden_steps = [
    (current, step)
    for current, step in every_step
    if not is_allowed(current, step)
    and (current, step) not in {(S.CANCELLING, "refund"), (S.CANCELLED, "refund")}
]


# The state machine


def test_the_transitions_are_those_of_the_contract() -> None:
    assert TRANSITIONS == ALLOWED


def test_an_order_can_be_paid_while_its_payment_is_open() -> None:
    assert {status for status in S if S.PAID in ALLOWED[status]} - {S.CANCELLING} == PAYABLE


def test_an_order_can_be_cancelled_until_it_is_shipped() -> None:
    assert {status for status in S if S.CANCELLING in ALLOWED[status]} == CANCELLABLE


@pytest.mark.parametrize(("current", "step"), allowed_steps)
def test_every_allowed_step_is_taken_and_recorded(current: OrderStatus, step: str) -> None:
    before = order_that_is(current)
    target, take = STEPS[step]
    after = take(before)
    assert after.status is target
    assert after.changes[: len(before.changes)] == before.changes
    if target is not S.CANCELLING:
        assert (after.changes[-1].status, after.changes[-1].at) == (target, AFTERWARDS)


@pytest.mark.parametrize(("current", "step"), forbidden_steps)
def test_every_other_step_is_refused_naming_the_current_status(current: OrderStatus, step: str) -> None:
    order = order_that_is(current)
    with pytest.raises(ForbiddenTransition) as refusal:
        STEPS[step][1](order)
    assert refusal.value.details == {"status": current.value}


@pytest.mark.parametrize("current", sorted(set(S) - PAYABLE))
def test_an_order_that_is_not_payable_gets_no_further_payment_attempt(current: OrderStatus) -> None:
    order = order_that_is(current)
    assert not order.is_payable
    for step in (order.ensure_payable, order.next_attempt):
        with pytest.raises(OrderNotPayable) as refusal:
            step()
        assert refusal.value.details == {"status": current.value}


@pytest.mark.parametrize("current", sorted(PAYABLE))
def test_a_payable_order_may_be_tried_again(current: OrderStatus) -> None:
    order = order_that_is(current)
    order.ensure_payable()
    assert order.next_attempt() == replace(order, payment_attempt=2)


@pytest.mark.parametrize("current", S)
def test_a_step_leaves_the_order_it_was_taken_from_alone(current: OrderStatus) -> None:
    before, twin = order_that_is(current), order_that_is(current)
    for _, take in STEPS.values():
        with suppress(ShopError):
            take(before)
    assert before == twin


# Placing


def test_a_new_order_is_pending_and_waits_for_its_money() -> None:
    order = placed(total=1000)
    assert (order.id, order.user_id, order.currency, order.total) == (ORDER_ID, "user", "USD", 1000)
    assert order.expires_at == PLACED + TERM
    assert order.payment_attempt == 1
    assert order.changes == (StatusChange(S.PENDING, PLACED),)


def test_an_order_without_amount_due_is_paid_immediately() -> None:
    order = placed(total=0)
    assert order.status is S.PAID
    assert order.changes == (StatusChange(S.PENDING, PLACED), StatusChange(S.PAID, PLACED))


# Paying


def test_a_declined_payment_is_in_the_history_with_its_reason() -> None:
    assert placed().fail(LATER, "insufficient funds").changes[-1].reason == "insufficient funds"


def test_a_declined_order_can_be_paid_after_all() -> None:
    assert history(order_that_is(S.FAILED).pay(AFTERWARDS)) == [S.PENDING, S.FAILED, S.PAID]


# Cancelling


def test_a_cancellation_that_takes_no_time_is_one_entry_of_the_history() -> None:
    order = placed().begin_cancelling(LATER, CancellationReason.CUSTOMER).finish_cancelling(LATER)
    assert order.changes[1:] == (StatusChange(S.CANCELLED, LATER, "cancelled by the customer"),)


def test_a_cancellation_that_lasts_is_in_the_history_from_its_beginning() -> None:
    order = placed().begin_cancelling(LATER, CancellationReason.EXPIRED).record_cancelling()
    assert order.finish_cancelling(AFTERWARDS).changes[1:] == (
        StatusChange(S.CANCELLING, LATER, "not paid in time"),
        StatusChange(S.CANCELLED, AFTERWARDS, "not paid in time"),
    )


def test_a_lasting_cancellation_is_recorded_once() -> None:
    recorded = order_that_is(S.CANCELLING).record_cancelling()
    assert recorded.record_cancelling() == recorded


def test_a_second_cancellation_is_recorded_again() -> None:
    """After a failed refund an order can be cancelled again."""
    kept = order_that_is(S.CANCELLING).record_cancelling().pay(LATER)
    again = kept.begin_cancelling(AFTERWARDS, CancellationReason.SHOP).record_cancelling()
    assert again.changes[-1] == StatusChange(S.CANCELLING, AFTERWARDS, "cancelled by the shop")


def test_an_order_being_cancelled_remembers_why_and_since_when() -> None:
    order = placed().begin_cancelling(LATER, CancellationReason.SHOP)
    assert order.cancellation == Cancellation(CancellationReason.SHOP, LATER)


@pytest.mark.parametrize("leave", [Order.pay, Order.finish_cancelling, Order.keep_after_failed_refund])
def test_an_order_no_longer_being_cancelled_forgets_the_cancellation(leave: Callable[..., Order]) -> None:
    order = leave(order_that_is(S.CANCELLING), AFTERWARDS)
    assert order.cancellation is None
    assert not order.cancelling_recorded


def test_money_before_a_failed_cancellation_pays_the_order() -> None:
    order = placed().begin_cancelling(LATER, CancellationReason.EXPIRED).pay(AFTERWARDS)
    assert history(order) == [S.PENDING, S.CANCELLING, S.PAID]
    assert order.changes[-1].reason == "the payment came first"


def test_an_order_whose_refund_failed_is_paid_again() -> None:
    paid = order_that_is(S.PAID)
    order = paid.begin_cancelling(LATER, CancellationReason.CUSTOMER).keep_after_failed_refund(AFTERWARDS)
    assert history(order) == [S.PENDING, S.PAID, S.CANCELLING, S.PAID]
    assert order.changes[-1].reason == "the refund failed"


@pytest.mark.parametrize("current", sorted(set(S) - {S.CANCELLING}))
def test_only_an_order_being_cancelled_can_be_kept(current: OrderStatus) -> None:
    with pytest.raises(ForbiddenTransition):
        order_that_is(current).keep_after_failed_refund(AFTERWARDS)


# Shipping


def test_the_note_of_a_step_is_in_the_history() -> None:
    order = order_that_is(S.PAID).ship(LATER, "parcel 7").deliver(AFTERWARDS, "left at the door")
    assert [change.reason for change in order.changes[-2:]] == ["parcel 7", "left at the door"]


# Refunding


@given(
    st.sampled_from([S.PAID, S.SHIPPED, S.DELIVERED]), st.lists(st.integers(1, 400), min_size=1, max_size=4)
)
def test_an_order_is_refunded_when_and_only_when_all_its_money_went_back(
    current: OrderStatus, amounts: list[int]
) -> None:
    order = order_that_is(current, total=sum(amounts))
    for amount in amounts[:-1]:
        order = order.refund(amount, AFTERWARDS)
        assert order.status is current
    order = order.refund(amounts[-1], AFTERWARDS)
    assert (order.status, order.refunded_total) == (S.REFUNDED, sum(amounts))


@pytest.mark.parametrize("current", [S.CANCELLING, S.CANCELLED])
def test_a_refund_does_not_change_a_cancellation(current: OrderStatus) -> None:
    order = order_that_is(current, total=1000)
    assert order.refund(1000, AFTERWARDS) == replace(order, refunded_total=1000)


@pytest.mark.parametrize("amount", [0, -1, 601])
def test_a_refund_is_between_one_cent_and_the_unrefunded_amount(amount: int) -> None:
    order = order_that_is(S.PAID, total=1000).refund(400, LATER)
    with pytest.raises(AssertionError):
        order.refund(amount, AFTERWARDS)


# Contradictory orders


@pytest.mark.parametrize(
    ("current", "fault"),
    [
        pytest.param(S.PAID, {"refunded_total": 1001}, id="more money back than came"),
        pytest.param(S.PAID, {"refunded_total": -1}, id="negative refunds"),
        pytest.param(S.PENDING, {"refunded_total": 1}, id="money back before any came"),
        pytest.param(S.REFUNDED, {"refunded_total": 999}, id="refunded except for a cent"),
        pytest.param(S.CANCELLING, {"cancellation": None}, id="cancelling for no reason"),
        pytest.param(
            S.PAID,
            {"cancellation": Cancellation(CancellationReason.SHOP, LATER)},
            id="paid and being cancelled",
        ),
        pytest.param(S.PAID, {"cancelling_recorded": True}, id="recorded without a cancellation"),
    ],
)
def test_an_order_that_contradicts_itself_cannot_be_made(
    current: OrderStatus, fault: dict[str, object]
) -> None:
    with pytest.raises(AssertionError):
        replace(order_that_is(current, total=1000), **fault)  # type: ignore[arg-type]
