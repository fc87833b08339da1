"""Random lives of an order: these rules hold after every step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import (
    PAYABLE,
    TRANSITIONS,
    ForbiddenTransition,
    Order,
    OrderNotPayable,
    OrderStatus,
    StatusChange,
)
from tests.unit.orders.samples import LATER, order_that_is, placed

FINAL = {OrderStatus.CANCELLED, OrderStatus.REFUNDED}
reasons = st.sampled_from(CancellationReason)


class OrderLife(RuleBasedStateMachine):
    """Tries every step in every status, and keeps the stored part of the history as a database would."""

    order: Order
    stored: tuple[StatusChange, ...]
    seen: tuple[StatusChange, ...]

    @initialize(total=st.sampled_from([0, 1, 1000, 1000]), status=st.sampled_from(OrderStatus))
    def begin(self, total: int, status: OrderStatus) -> None:
        """Begin in any status, so that each is tested often; a free order begins as it is placed."""
        self.now = LATER
        self.order = order_that_is(status, total) if total else placed(total)
        self.stored = ()
        self.seen = self.history

    @property
    def history(self) -> tuple[StatusChange, ...]:
        return (*self.stored, *self.order.changes)

    def attempt(self, target: OrderStatus, step: Callable[[Order], Order]) -> None:
        """Take a step towards the target: it must succeed exactly when the current status allows it."""
        before = self.order
        try:
            self.order = step(before)
        except ForbiddenTransition:
            assert target not in TRANSITIONS[before.status]
        else:
            assert self.order.status is target
            assert target in TRANSITIONS[before.status]

    @rule(minutes=st.integers(0, 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def store_and_load(self) -> None:
        self.stored = self.history
        self.order = replace(self.order, history_length=len(self.stored), changes=())

    @rule()
    def pay(self) -> None:
        self.attempt(OrderStatus.PAID, lambda order: order.pay(self.now))

    @rule()
    def fail(self) -> None:
        self.attempt(OrderStatus.FAILED, lambda order: order.fail(self.now, "declined"))

    @rule()
    def ship(self) -> None:
        self.attempt(OrderStatus.SHIPPED, lambda order: order.ship(self.now))

    @rule()
    def deliver(self) -> None:
        self.attempt(OrderStatus.DELIVERED, lambda order: order.deliver(self.now))

    @rule(reason=reasons)
    def begin_cancelling(self, reason: CancellationReason) -> None:
        self.attempt(OrderStatus.CANCELLING, lambda order: order.begin_cancelling(self.now, reason))

    @rule()
    def finish_cancelling(self) -> None:
        self.attempt(OrderStatus.CANCELLED, lambda order: order.finish_cancelling(self.now))

    @precondition(lambda self: self.order.status is OrderStatus.CANCELLING)
    @rule()
    def record_cancelling(self) -> None:
        self.order = self.order.record_cancelling()
        assert self.order.status is OrderStatus.CANCELLING

    @precondition(lambda self: self.order.status is OrderStatus.CANCELLING)
    @rule()
    def keep_after_failed_refund(self) -> None:
        self.attempt(OrderStatus.PAID, lambda order: order.keep_after_failed_refund(self.now))

    @precondition(lambda self: self.order.refunded_total < self.order.total)
    @rule(everything=st.booleans())
    def refund(self, everything: bool) -> None:
        before, left = self.order, self.order.total - self.order.refunded_total
        amount = left if everything else 1
        try:
            self.order = before.refund(amount, self.now)
        except ForbiddenTransition:
            assert before.status in PAYABLE
        else:
            assert self.order.refunded_total == before.refunded_total + amount
            ends = amount == left and OrderStatus.REFUNDED in TRANSITIONS[before.status]
            assert self.order.status is (OrderStatus.REFUNDED if ends else before.status)

    @rule()
    def next_attempt(self) -> None:
        before = self.order
        try:
            self.order = before.next_attempt()
        except OrderNotPayable:
            assert before.status not in PAYABLE
        else:
            assert before.status in PAYABLE
            assert self.order == replace(before, payment_attempt=before.payment_attempt + 1)

    @invariant()
    def history_only_grows(self) -> None:
        assert self.history[: len(self.seen)] == self.seen
        self.seen = self.history

    @invariant()
    def history_ends_in_the_status_except_while_cancelling_is_unrecorded(self) -> None:
        unrecorded = self.order.status is OrderStatus.CANCELLING and not self.order.cancelling_recorded
        assert (self.history[-1].status is self.order.status) != unrecorded

    @invariant()
    def history_begins_pending_and_moves_along_the_transitions(self) -> None:
        statuses = [change.status for change in self.history]
        assert statuses[0] is OrderStatus.PENDING
        for earlier, later in pairwise(statuses):
            by_way_of_cancelling = (
                later is OrderStatus.CANCELLED and OrderStatus.CANCELLING in TRANSITIONS[earlier]
            )
            assert later in TRANSITIONS[earlier] or by_way_of_cancelling

    @invariant()
    def history_never_goes_back_in_time(self) -> None:
        moments = [change.at for change in self.history]
        assert moments == sorted(moments)

    @invariant()
    def a_final_status_stays(self) -> None:
        assert all(change.status not in FINAL for change in self.history[:-1])
        assert self.history[-1].status not in FINAL or self.order.status in FINAL

    @invariant()
    def refunds_stay_within_the_total(self) -> None:
        assert 0 <= self.order.refunded_total <= self.order.total
        assert self.order.status is not OrderStatus.REFUNDED or self.order.refunded_total == self.order.total

    @invariant()
    def only_cancelling_orders_have_an_open_cancellation(self) -> None:
        assert (self.order.cancellation is not None) == (self.order.status is OrderStatus.CANCELLING)


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=100, stateful_step_count=10)
