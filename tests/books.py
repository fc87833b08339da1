"""Reads all orders, stock, promo codes and money from the rows of a storage of any kind, for the invariants."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.memory.catalogue.products import PRODUCT_SALES, STOCK, STOCK_ADJUSTMENTS
from shop.adapters.memory.orders.orders import ORDERS
from shop.adapters.memory.payments.payments import LEDGERS
from shop.adapters.memory.promotions.promo_codes import PROMO_CODES
from shop.adapters.memory.statistics.sales import SALES
from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.payments.sandbox_ledger import SandboxIntent, SandboxLedger
from shop.adapters.payments.stripe_statements import intent_of
from shop.adapters.sql.catalogue.tables import product_sales, stock, stock_adjustments
from shop.adapters.sql.orders.orders import order_of
from shop.adapters.sql.orders.snapshots import line_of, snapshot_of
from shop.adapters.sql.orders.tables import order_history, order_lines, order_states, orders
from shop.adapters.sql.payments.payments import payment_of, refund_of
from shop.adapters.sql.payments.sandbox_tables import sandbox_intents
from shop.adapters.sql.payments.tables import payments, refunds
from shop.adapters.sql.promotions.tables import promo_codes, promo_uses
from shop.adapters.sql.statistics.sales import entry_of
from shop.adapters.sql.statistics.tables import sales_entries
from shop.adapters.sql.storage import SqlStorage
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import Payment, PaymentStatus
from shop.domain.payments.refund import Refund
from shop.domain.statistics.sales import SalesEntry
from tests.stripe_server import Balance, StripeServer


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """Everything that the storage has about one order, and the payment provider's intents for it."""

    snapshot: OrderSnapshot
    order: Order
    history: Sequence[StatusChange]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    intents: Sequence[SandboxIntent]
    """The intents at the provider; those of the fake Stripe are converted to this class."""
    sales: Sequence[SalesEntry]

    @property
    def paid_at(self) -> datetime | None:
        return next((change.at for change in self.history if change.status is OrderStatus.PAID), None)

    @property
    def was_paid(self) -> bool:
        return self.paid_at is not None

    @property
    def is_cancelled_unpaid(self) -> bool:
        return self.order.status is OrderStatus.CANCELLED and (not self.was_paid or not self.order.total)

    @property
    def held(self) -> Counter[str]:
        """Return the units, by item, that neither a cancellation nor a refund has returned to stock."""
        if self.order.status is OrderStatus.CANCELLED:
            return Counter()
        held = Counter(self.snapshot.quantities)
        for refund in self.refunds:
            held.subtract({item.item_id: item.quantity for item in refund.restocked})
        assert min(held.values()) >= 0, "1: more units were restocked than bought"
        return held


@dataclass(frozen=True, slots=True)
class PromoCodeBooks:
    """A promo code's counter and limits, and the rows of its uses (order id -> user id)."""

    code: str
    times_used: int
    usage_limit: int | None
    per_customer_limit: int | None
    uses: Mapping[str, str]


@dataclass(slots=True)
class Books:
    """The whole storage. By item: stock as (initial, available), and the sums of adjustments and of sales, in units."""

    stock: dict[str, tuple[int, int]] = field(default_factory=dict)
    adjustments: Counter[str] = field(default_factory=Counter)
    sales: Counter[str] = field(default_factory=Counter)
    orders: dict[str, OrderBooks] = field(default_factory=dict)
    promo_codes: list[PromoCodeBooks] = field(default_factory=list)


async def read_books(storage: MemoryStorage | SqlStorage, ledger: SandboxLedger | StripeServer) -> Books:
    """Return everything that the storage and the payment provider have.

    With SQL and the sandbox, the sandbox's intents are read from the same database, not from `ledger`.
    """
    if isinstance(storage, SqlStorage):
        return await _read_tables(storage, ledger if isinstance(ledger, StripeServer) else None)
    tables = storage.store.tables
    books = Books(stock={row.item_id: (row.initial, row.available) for row in tables[STOCK].values()})
    for adjustment in tables[STOCK_ADJUSTMENTS].values():
        books.adjustments[adjustment.item_id] += adjustment.change
    for sale in tables[PRODUCT_SALES].values():
        books.sales[sale.item_id] += sale.units
    for order_id, placed in tables[ORDERS].items():
        local = tables[LEDGERS].get(order_id)
        books.orders[str(order_id)] = OrderBooks(
            snapshot=placed.snapshot,
            order=placed.order,
            history=placed.history,
            payments=local.payments if local else (),
            refunds=local.refunds if local else (),
            intents=await _intents_of(str(order_id), ledger),
            sales=tables[SALES].get(order_id, ()),
        )
    for row in tables[PROMO_CODES].values():
        code = row.promo_code
        uses = {order_id: use.user.user_id for order_id, use in row.uses.items()}
        books.promo_codes.append(
            PromoCodeBooks(code.code, code.times_used, code.usage_limit, code.per_customer_limit, uses)
        )
    return books


async def _read_tables(storage: SqlStorage, stripe: StripeServer | None) -> Books:
    rows: dict[Table, Sequence[Any]] = {}
    async with storage.database.reading() as connection:
        for table in (
            stock,
            stock_adjustments,
            product_sales,
            orders,
            order_states,
            order_lines,
            order_history,
            payments,
            refunds,
            sales_entries,
            promo_codes,
            promo_uses,
        ):
            rows[table] = (await connection.execute(select(table).order_by(*table.primary_key))).all()
        intents = _intents_at(stripe) if stripe else await _intents(connection)
    books = Books(stock={row.item_id: (row.initial, row.available) for row in rows[stock]})
    for row in rows[stock_adjustments]:
        books.adjustments[row.item_id] += row.change
    for row in rows[product_sales]:
        books.sales[row.item_id] += row.units
    states = {row.order_id: row for row in rows[order_states]}
    of_order = {
        table: _by_order(rows[table])
        for table in (order_lines, order_history, payments, refunds, sales_entries)
    }
    for row in rows[orders]:
        lines, history = of_order[order_lines].get(row.id, []), of_order[order_history].get(row.id, [])
        assert all(line.line_total == line.unit_price * line.quantity - line.discount for line in lines), "5"
        assert [change.sequence for change in history] == list(range(len(history))), "4: gaps"
        books.orders[row.id] = OrderBooks(
            snapshot=snapshot_of(row, [line_of(line) for line in lines]),
            order=order_of(states[row.id]),
            history=[
                StatusChange(OrderStatus(change.status), change.at, change.reason) for change in history
            ],
            payments=[payment_of(payment) for payment in of_order[payments].get(row.id, [])],
            refunds=[refund_of(refund) for refund in of_order[refunds].get(row.id, [])],
            intents=intents.get(row.id, []),
            sales=[entry_of(entry) for entry in of_order[sales_entries].get(row.id, [])],
        )
    for row in rows[promo_codes]:
        uses = {use.order_id: use.user_id for use in rows[promo_uses] if use.promo_code_id == row.id}
        books.promo_codes.append(
            PromoCodeBooks(row.code, row.times_used, row.usage_limit, row.per_customer_limit, uses)
        )
    return books


async def _intents_of(order_id: str, ledger: SandboxLedger | StripeServer) -> list[SandboxIntent]:
    if isinstance(ledger, StripeServer):
        return _intents_at(ledger).get(order_id, [])
    return await ledger.of_order(order_id)


def _intents_at(stripe: StripeServer) -> dict[str, list[SandboxIntent]]:
    """Return Stripe's intents by order id, without those whose metadata names no order."""
    intents: dict[str, list[SandboxIntent]] = {}
    balances = stripe.ledger()
    for stated in stripe.intents.values():
        intent = intent_of(stated)
        if intent.order_id is None:
            continue
        intents.setdefault(intent.order_id, []).append(
            SandboxIntent(
                id=intent.id,
                order_id=intent.order_id,
                attempt=intent.attempt,
                amount=intent.amount,
                currency=intent.currency,
                client_secret=intent.client_secret or "",
                status=intent.status,
                created_at=datetime.fromtimestamp(stated["created"], UTC),
                refunded=balances.get(intent.id, Balance()).refunded,
            )
        )
    return intents


async def _intents(connection: AsyncConnection) -> dict[str, list[SandboxIntent]]:
    rows = await connection.execute(select(sandbox_intents).order_by(sandbox_intents.c.attempt))
    intents: dict[str, list[SandboxIntent]] = {}
    for row in rows.mappings():
        intents.setdefault(row["order_id"], []).append(
            SandboxIntent(**{**row, "status": PaymentStatus(row["status"])})
        )
    return intents


def _by_order(rows: Sequence[Any]) -> dict[str, list[Any]]:
    by_order: dict[str, list[Any]] = {}
    for row in rows:
        by_order.setdefault(row.order_id, []).append(row)
    return by_order
