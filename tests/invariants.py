"""The invariants of a shop's books, by their numbers in `docs/architecture.md`.

Call `assert_invariants` while nothing runs. `quiet=True` adds what holds once the shop has applied everything that the
payment provider reports, `settled_at` what holds once the worker has also finished all its work without a failure.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.payments.sandbox_ledger import SandboxLedger
from shop.adapters.sql.storage import SqlStorage
from shop.domain.orders.order import REFUNDABLE, TRANSITIONS, OrderStatus, StatusChange
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus
from shop.domain.statistics.sales import entries_of_sale
from tests.books import Books, OrderBooks, read_books
from tests.stripe_server import StripeServer

FINAL = {OrderStatus.CANCELLED}
CHARGED = {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.REFUNDED}


async def assert_invariants(
    storage: MemoryStorage | SqlStorage,
    ledger: SandboxLedger | StripeServer,
    *,
    before: Books | None = None,
    quiet: bool = False,
    settled_at: datetime | None = None,
    sales_since: date = date.min,
) -> Books:
    """Check invariants 1 to 6 and 9. Return the books.

    `ledger` has the payment provider's own books: the sandbox's ledger, or the fake Stripe.
    With `before` (earlier books), check also that no final status and no history has changed since.
    With `quiet`, both ledgers must agree (the rest of 3): the shop has applied everything that the provider reported.
    With `settled_at`, no work may be left at this time (11).
    Sales by item before `sales_since` are ignored, because the shop purges them.
    """
    books = await read_books(storage, ledger)
    _check_stock(books)
    _check_sales(books, sales_since)
    _check_promo_codes(books)
    for order in books.orders.values():
        _check_snapshot(order)
        _check_history(order)
        _check_money(order)
        _check_ledger(order)
        if quiet or settled_at:
            _check_quiet(order)
        if settled_at:
            _check_settled(order, settled_at)
    if before is not None:
        _check_past(before, books)
    return books


def _check_stock(books: Books) -> None:
    held: Counter[str] = Counter()
    for order in books.orders.values():
        held.update(order.held)
    for item_id, (initial, available) in books.stock.items():
        assert available >= 0, f"1: stock of {item_id} below zero"
        expected = initial + books.adjustments[item_id]
        assert available + held[item_id] == expected, f"1: {available=} {held[item_id]=} {expected=}"
    assert held.keys() <= books.stock.keys()


def _check_sales(books: Books, since: date) -> None:
    """Check the effect of 9: the sale of a paid order is counted once, however often the payment is reported."""
    sold: Counter[str] = Counter()
    for order in books.orders.values():
        if order.paid_at is not None and order.paid_at.date() >= since:
            sold.update(order.snapshot.quantities)
    assert books.sales == sold, "9: sales were not counted once"


def _check_promo_codes(books: Books) -> None:
    used_orders: list[str] = []
    for code in books.promo_codes:
        assert code.times_used == len(code.uses), f"6: {code}"
        assert code.usage_limit is None or code.times_used <= code.usage_limit, f"6: {code}"
        most = max(Counter(code.uses.values()).values(), default=0)
        assert code.per_customer_limit is None or most <= code.per_customer_limit, f"6: {code}"
        for order_id, user_id in code.uses.items():
            order = books.orders[order_id]
            assert (order.snapshot.promo_code, order.order.user_id) == (code.code, user_id)
            assert not order.is_cancelled_unpaid, "6: a use was not given back"
        used_orders += code.uses
    assert len(used_orders) == len(set(used_orders)), "6: an order uses two codes"
    known = {code.code for code in books.promo_codes}
    for order in books.orders.values():
        if order.snapshot.promo_code in known and not order.is_cancelled_unpaid:
            assert order.order.id in used_orders, "6: an order's use is not counted"


def _check_snapshot(books: OrderBooks) -> None:
    snapshot, order = books.snapshot, books.order
    lines = snapshot.lines
    goods = sum(line.unit_price * line.quantity - line.discount for line in lines)
    shipping = snapshot.shipping
    tax = sum(line.tax for line in lines) + (shipping.tax if shipping else 0)
    added = 0 if snapshot.prices_include_tax else tax
    assert goods == sum(line.line_total for line in lines) == snapshot.subtotal - snapshot.discount, "5"
    assert snapshot.total == goods + (shipping.price if shipping else 0) + added, "5"
    assert tax == sum(line.tax for line in snapshot.taxes), "5"
    assert (order.total, order.currency) == (snapshot.total, snapshot.currency)
    assert snapshot.user_id in {None, order.user_id}, "only guests' orders change hands"


def _check_history(books: OrderBooks) -> None:
    order, history = books.order, books.history
    assert history[0] == StatusChange(OrderStatus.PENDING, books.snapshot.created_at), "4"
    assert len(history) == order.history_length, "4: the history has gaps"
    for earlier, later in pairwise(history):
        allowed = TRANSITIONS[earlier.status]
        through_cancelling = (
            TRANSITIONS[OrderStatus.CANCELLING] if OrderStatus.CANCELLING in allowed else set()
        )
        reversed_refund = REFUNDABLE if earlier.status is OrderStatus.REFUNDED else set()
        assert later.status in allowed | through_cancelling | reversed_refund, (
            f"4: {earlier.status} -> {later.status}"
        )
    if order.status is OrderStatus.CANCELLING and not order.cancelling_recorded:
        assert OrderStatus.CANCELLING in TRANSITIONS[history[-1].status], "4"
    else:
        assert history[-1].status is order.status, "4: status and history differ"


def _check_money(books: OrderBooks) -> None:
    order = books.order
    for made in (*books.payments, *books.intents):
        assert (made.amount, made.currency) == (order.total, order.currency), "2"
    captured = [payment for payment in books.payments if payment.status is PaymentStatus.SUCCEEDED]
    charged = [intent for intent in books.intents if intent.status is PaymentStatus.SUCCEEDED]
    assert len(captured) <= 1, "2: captured twice"
    assert len(charged) <= 1, "2: charged twice at the provider"
    assert {payment.intent_id for payment in captured} <= {intent.id for intent in charged}, "2"
    if order.status in CHARGED and order.total:
        assert charged, f"4: {order.status} without money"
    returned = sum(refund.amount for refund in books.refunds if refund.status is RefundStatus.SUCCEEDED)
    given_back = sum(intent.refunded for intent in books.intents)
    assert 0 <= order.refunded_total == returned <= given_back <= sum(intent.amount for intent in charged), (
        "3"
    )
    owed = sum(refund.amount for refund in books.refunds if refund.status is not RefundStatus.FAILED)
    assert owed <= order.total, "3: more is owed than was paid"


def _check_ledger(books: OrderBooks) -> None:
    """Check that the sales ledger, whose sums are the shop's figures, agrees with the order and its refunds."""
    assert [entry.number for entry in books.sales] == list(range(len(books.sales)))
    sales = [entry for entry in books.sales if entry.is_sale]
    if not books.was_paid:
        assert not books.sales, "sold without being paid"
        return
    paid_at = min(change.at for change in books.history if change.status is OrderStatus.PAID)
    assert sales == entries_of_sale(replace(books.snapshot, user_id=books.order.user_id), paid_at), (
        "the ledger is not what was sold"
    )
    back = Counter[str]()
    for entry in books.sales:
        back[entry.item_id] += entry.refunded
    lost = Counter[str]()
    for entry in books.sales:
        lost[entry.item_id] += entry.disputed
    besides_goods = [entry for entry in books.sales if not entry.is_sale]
    of_refunds = sum(entry.shipping + entry.tax_added for entry in besides_goods if entry.refund_id)
    of_disputes = sum(entry.shipping + entry.tax_added for entry in besides_goods if not entry.refund_id)
    assert sum(back.values()) - of_refunds == books.order.refunded_total, "the ledger is not what came back"
    assert sum(lost.values()) - of_disputes == books.order.disputes_lost, "the ledger is not what was lost"
    for name in ("shipping", "tax", "shipping_tax"):
        assert sum(getattr(entry, name) for entry in books.sales) >= 0, f"more {name} came back than was paid"
    for line in books.snapshot.lines:
        assert back[line.item_id] + lost[line.item_id] <= line.line_total, (
            "a line gave back more than it cost"
        )


def _check_quiet(books: OrderBooks) -> None:
    ours = {payment.intent_id: payment.status for payment in books.payments}
    theirs = {intent.id: intent.status for intent in books.intents}
    assert ours == theirs, f"3: the ledgers differ: {ours} {theirs}"
    assert books.order.refunded_total == sum(intent.refunded for intent in books.intents), "3"


def _check_settled(books: OrderBooks, now: datetime) -> None:
    order = books.order
    assert order.status is not OrderStatus.CANCELLING, "11: stuck"
    assert not order.is_payable or order.expires_at > now, "11: an unpaid order did not expire"
    assert all(refund.status is not RefundStatus.PENDING for refund in books.refunds), "11: a refund waits"
    for intent in books.intents:
        if intent.status is PaymentStatus.SUCCEEDED:
            refunded = intent.refunded + order.disputes_lost == intent.amount
            # A refund that the bank returned waits for a person to pay the customer in another way.
            failed = any(each.status is RefundStatus.FAILED for each in books.refunds)
            assert order.status in CHARGED or (
                order.status is OrderStatus.CANCELLED and (refunded or failed)
            ), "11"


def _check_past(before: Books, after: Books) -> None:
    for order_id, earlier in before.orders.items():
        later = after.orders[order_id]
        assert later.snapshot == earlier.snapshot, "4: a snapshot changed"
        assert later.history[: len(earlier.history)] == earlier.history, "4: the history was rewritten"
        if earlier.order.status in FINAL:
            assert later.order.status is earlier.order.status, "4: a final status changed"
        assert later.order.payment_attempt >= earlier.order.payment_attempt
        failed = {each.id for each in later.refunds if each.status is RefundStatus.FAILED}
        taken_back = sum(
            each.amount
            for each in earlier.refunds
            if each.id in failed and each.status is RefundStatus.SUCCEEDED
        )
        assert later.order.refunded_total >= earlier.order.refunded_total - taken_back
