"""Made-up orders: two years in which a few products sell best, weekends and winters are busy, and most people pay."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from shop.adapters.payments.sandbox import SandboxIntent, SandboxPayments
from shop.adapters.sql.execution import DirectConnection
from shop.adapters.sql.orders import SqlOrders
from shop.adapters.sql.payments import row_of_payment
from shop.adapters.sql.products import SqlProducts
from shop.adapters.sql.sales import SqlSalesLedger
from shop.adapters.sql.sandbox import row_of_intent
from shop.adapters.sql.seed_data import seeded_id
from shop.adapters.sql.tables.accounts import users
from shop.adapters.sql.tables.catalogue import products, stock
from shop.adapters.sql.tables.payments import payments
from shop.adapters.sql.tables.sandbox import sandbox_intents
from shop.domain.cart import CartLine
from shop.domain.order import Address, CancellationReason, Contact, Order, OrderSnapshot
from shop.domain.payment import Payment, PaymentStatus
from shop.domain.pricing import Offer, quote
from shop.domain.sales import SalesEntry, entries_of_sale
from shop.domain.user import Role

FIRST_DAY: Final = datetime(2024, 11, 1, tzinfo=UTC)
DAYS: Final = 730
_TERM: Final = timedelta(minutes=30)
_UNPAID_SHARE: Final = 0.06
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
# What was sold long ago was in stock then: the units there are now stay what they are.
_HAD_MORE: Final = (
    update(stock)
    .where(stock.c.product_id == bindparam("sold_id"))
    .values(initial=stock.c.initial + bindparam("units"))
)


@dataclass(frozen=True, slots=True)
class SeededOrder:
    """An order that has come to its end, and how it was paid for; unpaid ones have expired."""

    snapshot: OrderSnapshot
    order: Order
    payment: Payment
    intent: SandboxIntent


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
    sold_by_day: dict[date, Counter[str]] = defaultdict(Counter)
    entries: list[SalesEntry] = []
    for each in seeded:
        if each.payment.status is PaymentStatus.SUCCEEDED:
            paid_at = each.payment.updated_at
            sold_by_day[paid_at.date()].update(each.snapshot.quantities)
            entries += entries_of_sale(each.snapshot, paid_at)
    await SqlSalesLedger(connection).add(entries)
    for day, sold in sorted(sold_by_day.items()):
        await SqlProducts(connection).count_sales(sold, day)
    units = sum(sold_by_day.values(), Counter[str]())
    if units:
        rows = [{"sold_id": product_id, "units": count} for product_id, count in sorted(units.items())]
        await connection.execute(_HAD_MORE, rows)


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
    if unpaid:
        ended_at, status = placed_at + _TERM, PaymentStatus.CANCELLED
        order = order.begin_cancelling(ended_at, CancellationReason.EXPIRED).finish_cancelling(ended_at)
    else:
        ended_at, status = placed_at + timedelta(seconds=chance.randrange(20, 600)), PaymentStatus.SUCCEEDED
        shipped_at = ended_at + timedelta(hours=chance.randrange(4, 60))
        order = (
            order.pay(ended_at)
            .ship(shipped_at)
            .deliver(shipped_at + timedelta(hours=chance.randrange(20, 90)))
        )
    intent = SandboxIntent(
        id=f"pi_sandbox_{snapshot.id.replace('-', '')}",
        order_id=snapshot.id,
        attempt=1,
        amount=snapshot.total,
        currency=snapshot.currency,
        client_secret=f"closed_{snapshot.id}",
        status=status,
        created_at=placed_at,
    )
    payment = Payment(
        order_id=snapshot.id,
        attempt=1,
        provider=SandboxPayments.name,
        intent_id=intent.id,
        client_secret=intent.client_secret,
        status=status,
        amount=snapshot.total,
        currency=snapshot.currency,
        created_at=placed_at,
        updated_at=ended_at,
    )
    return SeededOrder(snapshot, order, payment, intent)
