"""Made-up orders: two years in which a few products sell best, weekends and winters are busy, and most people pay.

Some of them want their money, or a part of it, back.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final

from sqlalchemy import Update, insert, select, update

from shop.adapters.payments.sandbox import SandboxIntent, SandboxPayments
from shop.adapters.sql.execution import DirectConnection
from shop.adapters.sql.orders import SqlOrders
from shop.adapters.sql.payments import row_of_payment, row_of_refund
from shop.adapters.sql.products import SqlProducts
from shop.adapters.sql.sales import SqlSalesLedger
from shop.adapters.sql.sandbox import row_of_intent
from shop.adapters.sql.seed_data import seeded_id
from shop.adapters.sql.stock import ids, in_portions, quantity_of, quantity_parameters
from shop.adapters.sql.tables.accounts import users
from shop.adapters.sql.tables.catalogue import products, stock
from shop.adapters.sql.tables.payments import payments, refunds
from shop.adapters.sql.tables.sandbox import sandbox_intents, sandbox_refunds
from shop.domain.cart import CartLine
from shop.domain.order import Address, CancellationReason, Contact, Order, OrderSnapshot
from shop.domain.payment import Payment, PaymentStatus, Refund, RefundStatus
from shop.domain.pricing import Offer, quote
from shop.domain.sales import SalesEntry, entries_of_refund, entries_of_sale
from shop.domain.user import Role

FIRST_DAY: Final = datetime(2024, 11, 1, tzinfo=UTC)
DAYS: Final = 730
_TERM: Final = timedelta(minutes=30)
_UNPAID_SHARE: Final = 0.06
_REFUNDED_SHARE: Final = 0.04
_REASONS: Final = ("arrived broken", "not as described", "too late", "did not fit")
_MOST_BUYERS: Final = 20_000
_MOST_OFFERS: Final = 10_000
_ENOUGH: Final = 10**9

_BUYERS: Final = (
    select(users.c.id).where(users.c.role == Role.CUSTOMER.value).order_by(users.c.id).limit(_MOST_BUYERS)
)
_OFFERS: Final = (
    select(products.c.id, products.c.sku, products.c.name, products.c.price)
    .where(products.c.active, ~products.c.deleted)
    .order_by(products.c.id)
    .limit(_MOST_OFFERS)
)
_ADD_PAYMENTS: Final = insert(payments)
_ADD_INTENTS: Final = insert(sandbox_intents)
_ADD_REFUNDS: Final = insert(refunds)
_ADD_SANDBOX_REFUNDS: Final = insert(sandbox_refunds)


# What was sold long ago was in stock then: the units there are now stay what they are.
@lru_cache(maxsize=256)
def _had_more(lines: int) -> Update:
    return (
        update(stock)
        .where(stock.c.product_id.in_(ids(lines)))
        .values(initial=stock.c.initial + quantity_of(stock.c.product_id, lines))
    )


@dataclass(frozen=True, slots=True)
class SeededOrder:
    """An order that has come to its end, and how it was paid for; unpaid ones have expired."""

    snapshot: OrderSnapshot
    order: Order
    payment: Payment
    intent: SandboxIntent
    refund: Refund | None = None


async def buyers_and_offers(connection: DirectConnection) -> tuple[list[str], list[Offer]]:
    """Who may have bought, and what: the first of the customers and of the listed products."""
    buyers = [row.id for row in await connection.execute(_BUYERS)]
    offers = [
        Offer(row.id, row.sku, row.name, row.price, active=True, available=_ENOUGH)
        for row in await connection.execute(_OFFERS)
    ]
    return buyers, offers


def seeded_orders(
    random_seed: int, buyers: Sequence[str], offers: Sequence[Offer], currency: str
) -> Iterator[SeededOrder]:
    """Endless orders, in no order of time."""
    chance = random.Random(f"orders {random_seed}")  # noqa: S311 (nothing secret)
    busy = list(accumulate(_business(FIRST_DAY + timedelta(days=day)) for day in range(DAYS)))
    while True:
        day = chance.choices(range(DAYS), cum_weights=busy)[0]
        at = FIRST_DAY + timedelta(days=day, seconds=chance.triangular(0, 86_399, 68_000))
        snapshot = _snapshot(chance, chance.choice(buyers), offers, currency, at)
        yield _settled(chance, snapshot, unpaid=chance.random() < _UNPAID_SHARE)


async def insert_orders(connection: DirectConnection, seeded: Sequence[SeededOrder]) -> None:
    """Store them, with their payments in both books, and the stock as if they had been sold from it."""
    await SqlOrders(connection).add_many([(each.snapshot, each.order) for each in seeded])
    await connection.execute(_ADD_PAYMENTS, [row_of_payment(each.payment) for each in seeded])
    await connection.execute(_ADD_INTENTS, [row_of_intent(each.intent) for each in seeded])
    given_back = [each.refund for each in seeded if each.refund is not None]
    if given_back:
        await connection.execute(_ADD_REFUNDS, [row_of_refund(refund) for refund in given_back])
        booked = [{"id": each.id, "intent_id": each.intent_id, "amount": each.amount} for each in given_back]
        await connection.execute(_ADD_SANDBOX_REFUNDS, booked)
    sold: Counter[tuple[str, date]] = Counter()
    units: Counter[str] = Counter()
    entries: list[SalesEntry] = []
    for each in seeded:
        if each.payment.status is PaymentStatus.SUCCEEDED:
            paid_at = each.payment.updated_at
            for product_id, quantity in each.snapshot.quantities.items():
                sold[product_id, paid_at.date()] += quantity
                units[product_id] += quantity
            sale = entries_of_sale(each.snapshot, paid_at)
            entries += sale
            if (refund := each.refund) is not None:
                entries += entries_of_refund(sale, refund.id, refund.amount, refund.created_at)
    await SqlSalesLedger(connection).add(entries)
    await SqlProducts(connection).count_sales_of_days(sold)
    for some in in_portions(units):
        await connection.execute(_had_more(len(some)), quantity_parameters(some))


def _business(day: datetime) -> float:
    """How busy a day is: more from year to year, at weekends and before the holidays."""
    growth = 1 + (day - FIRST_DAY).days / DAYS
    weekend = 1.4 if day.weekday() >= 5 else 1.0
    season = {11: 1.6, 12: 2.0, 1: 0.7, 7: 0.8, 8: 0.8}.get(day.month, 1.0)
    return growth * weekend * season


def _snapshot(
    chance: random.Random, buyer: str, offers: Sequence[Offer], currency: str, at: datetime
) -> OrderSnapshot:
    # The cube lets a tenth of the products make almost half of the sales.
    basket = {
        (offer := offers[int(len(offers) * chance.random() ** 3)]).product_id: offer
        for _ in range(chance.choice((1, 1, 2, 3, 4)))
    }
    lines = [CartLine(product_id, chance.choice((1, 1, 1, 2, 3))) for product_id in basket]
    return OrderSnapshot.of_quote(
        quote(lines, basket, None),
        order_id=seeded_id(chance, at),
        user_id=buyer,
        at=at,
        currency=currency,
        contact=Contact(),
        shipping_address=Address(),
    )


def _settled(chance: random.Random, snapshot: OrderSnapshot, *, unpaid: bool) -> SeededOrder:
    placed_at = snapshot.created_at
    order = Order.place(snapshot, placed_at + _TERM)
    intent = SandboxIntent(
        id=f"pi_sandbox_{snapshot.id.replace('-', '')}",
        order_id=snapshot.id,
        attempt=1,
        amount=snapshot.total,
        currency=snapshot.currency,
        client_secret=f"closed_{snapshot.id}",
        status=PaymentStatus.CANCELLED if unpaid else PaymentStatus.SUCCEEDED,
        created_at=placed_at,
    )
    ended_at = placed_at + (_TERM if unpaid else timedelta(seconds=chance.randrange(20, 600)))
    payment = Payment(
        order_id=snapshot.id,
        attempt=1,
        provider=SandboxPayments.name,
        intent_id=intent.id,
        client_secret=intent.client_secret,
        status=intent.status,
        amount=snapshot.total,
        currency=snapshot.currency,
        created_at=placed_at,
        updated_at=ended_at,
    )
    if unpaid:
        order = order.begin_cancelling(ended_at, CancellationReason.EXPIRED).finish_cancelling(ended_at)
        return SeededOrder(snapshot, order, payment, intent)
    shipped_at = ended_at + timedelta(hours=chance.randrange(4, 60))
    delivered_at = shipped_at + timedelta(hours=chance.randrange(20, 90))
    order = order.pay(ended_at).ship(shipped_at).deliver(delivered_at)
    if chance.random() >= _REFUNDED_SHARE:
        return SeededOrder(snapshot, order, payment, intent)
    refund = _refund(chance, payment, delivered_at + timedelta(hours=chance.randrange(12, 240)))
    order = order.refund(refund.amount, refund.created_at)
    return SeededOrder(snapshot, order, payment, replace(intent, refunded=refund.amount), refund)


def _refund(chance: random.Random, payment: Payment, at: datetime) -> Refund:
    """All of a payment, or a part, in whole percents; the goods don't come back into the stock."""
    share = chance.choice((100, 100, 20, 30, 50))
    amount = max(payment.amount * share // 100, 1)
    reason = chance.choice(_REASONS)
    refund = Refund.of(seeded_id(chance, at), payment, amount, reason, at, restock=False)
    return refund.settle(RefundStatus.SUCCEEDED, f"re_sandbox_{refund.id.replace('-', '')}")
