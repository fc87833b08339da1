"""Reads the inputs of generated orders from the database, and inserts the orders."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Integer, Row, Update, bindparam, insert, select, update

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.catalogue.tables import products, stock, variants
from shop.adapters.sql.catalogue.variants import choice_of, ids, in_chunks, quantity_of, quantity_parameters
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.orders import SqlOrders
from shop.adapters.sql.payments.payments import row_of_payment, row_of_refund
from shop.adapters.sql.payments.sandbox import row_of_intent
from shop.adapters.sql.payments.sandbox_tables import sandbox_intents, sandbox_refunds
from shop.adapters.sql.payments.tables import payments, refunds
from shop.adapters.sql.promotions.tables import promo_codes, promo_uses
from shop.adapters.sql.seeding.history import Market, SeededOrder
from shop.adapters.sql.statistics.sales import SqlSalesLedger
from shop.application.catalogue.stock import POPULARITY_DAYS
from shop.domain.accounts.role import Role
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import PaymentStatus
from shop.domain.pricing.quote import Offer
from shop.domain.promotions.promo_code import PromoCode
from shop.domain.statistics.figures import ItemDay
from shop.domain.statistics.sales import SalesEntry, entries_of_refund, entries_of_sale

_MAX_BUYERS: Final = 20_000
_MAX_OFFERS: Final = 10_000
_UNLIMITED_STOCK: Final = 10**9

_BUYERS: Final = (
    select(users.c.id, users.c.created_at)
    .where(users.c.role == Role.CUSTOMER.name)
    .order_by(users.c.created_at, users.c.id)
    .limit(_MAX_BUYERS)
)
_OFFERS: Final = (
    select(
        variants.c.id,
        variants.c.product_id,
        variants.c.sku,
        products.c.name,
        variants.c.price,
        variants.c.options,
        products.c.created_at,
    )
    .join(products, products.c.id == variants.c.product_id)
    .where(products.c.active, ~products.c.deleted, variants.c.active, ~variants.c.deleted)
    .order_by(products.c.created_at, products.c.id, variants.c.position)
    .limit(_MAX_OFFERS)
)
_ADD_PAYMENTS: Final = insert(payments)
_ADD_INTENTS: Final = insert(sandbox_intents)
_ADD_REFUNDS: Final = insert(refunds)
_ADD_SANDBOX_REFUNDS: Final = insert(sandbox_refunds)
_ADD_USES: Final = insert(promo_uses)
_COUNT_USES: Final = (
    update(promo_codes)
    .where(promo_codes.c.id == bindparam("current_id"))
    .values(times_used=promo_codes.c.times_used + bindparam("uses", type_=Integer))
)


# Past sales came out of stock: raise the initial stock and leave the available units unchanged.
@lru_cache(maxsize=256)
def _adding_stock(lines: int) -> Update:
    return (
        update(stock)
        .where(stock.c.item_id.in_(ids(lines)))
        .values(initial=stock.c.initial + quantity_of(stock.c.item_id, lines))
    )


async def market(connection: DirectConnection, usable: Sequence[PromoCode]) -> Market:
    """Return a market of the first existing customers and listed products, with these promo codes."""
    buyers = (await connection.execute(_BUYERS)).all()
    offers = (await connection.execute(_OFFERS)).all()
    return Market(
        [row.id for row in buyers],
        [row.created_at for row in buyers],
        list(map(_offer_of, offers)),
        [row.created_at for row in offers],
        usable,
    )


def _offer_of(row: Row[Any]) -> Offer:
    return Offer(
        row.id,
        row.product_id,
        row.sku,
        row.name,
        row.price,
        active=True,
        available=_UNLIMITED_STOCK,
        options=choice_of(row.options),
    )


async def insert_orders(connection: DirectConnection, seeded: Sequence[SeededOrder], end: datetime) -> None:
    """Insert the orders with their payments (the shop's and the sandbox's) and sales, and adjust the initial stock."""
    await SqlOrders(connection).add_many([(each.snapshot, each.order) for each in seeded])
    await connection.execute(_ADD_PAYMENTS, [row_of_payment(each.payment) for each in seeded])
    await connection.execute(_ADD_INTENTS, [row_of_intent(each.intent) for each in seeded])
    given_back = [each.refund for each in seeded if each.refund is not None]
    if given_back:
        await connection.execute(_ADD_REFUNDS, [row_of_refund(refund) for refund in given_back])
        booked = [{"id": each.id, "intent_id": each.intent_id, "amount": each.amount} for each in given_back]
        await connection.execute(_ADD_SANDBOX_REFUNDS, booked)
    uses = [_use_of(each.promo_code, each.snapshot) for each in seeded if each.promo_code is not None]
    if uses:
        await connection.execute(_ADD_USES, uses)
    paid = [each for each in seeded if each.payment.status is PaymentStatus.SUCCEEDED]
    await _insert_sales(connection, paid, popular_from=end.date() - timedelta(days=POPULARITY_DAYS - 1))
    # Last, and always in this order: rows shared by batches are locked briefly, and without deadlocks.
    for promo_code_id, number in sorted(Counter(use["promo_code_id"] for use in uses).items()):
        await connection.execute(_COUNT_USES, {"current_id": promo_code_id, "uses": number})
    units: Counter[str] = Counter()
    for each in paid:
        units.update(each.snapshot.quantities)
    for some in in_chunks(units):
        await connection.execute(_adding_stock(len(some)), quantity_parameters(some))


def _use_of(promo_code: PromoCode, snapshot: OrderSnapshot) -> dict[str, Any]:
    return {
        "promo_code_id": promo_code.id,
        "order_id": snapshot.id,
        "user_id": snapshot.user_id,
        "at": snapshot.created_at,
    }


async def _insert_sales(
    connection: DirectConnection, paid: Sequence[SeededOrder], popular_from: date
) -> None:
    sold: Counter[ItemDay] = Counter()
    entries: list[SalesEntry] = []
    for each in paid:
        paid_at = each.payment.updated_at
        if paid_at.date() >= popular_from:
            for line in each.snapshot.lines:
                sold[ItemDay(paid_at.date(), line.item_id, line.product_id)] += line.quantity
        sale = entries_of_sale(each.snapshot, paid_at)
        entries += sale
        if (refund := each.refund) is not None:
            entries += entries_of_refund(sale, refund.id, refund.amount, refund.created_at)
    if entries:
        await SqlSalesLedger(connection).add(entries)
    if sold:
        await SqlProducts(connection).count_sales_of_days(sold)
