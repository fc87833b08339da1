"""Stores rows in a database with an older schema: values of columns that were added later are left out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, column, insert, inspect
from sqlalchemy import table as sql_table

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.catalogue.rows import row_of
from shop.adapters.sql.catalogue.tables import listings, product_words, products
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.orders.tables import order_history, order_lines, order_states, orders
from shop.adapters.sql.payments.payments import row_of_payment, row_of_refund
from shop.adapters.sql.payments.tables import payments, refunds
from shop.contract.account_samples import user
from shop.contract.order_samples import NOW, ids
from shop.contract.product_samples import a_product
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import Payment
from shop.domain.payments.refund import Refund

_OLD: Final = MetaData()


def _with_category(table: Table) -> Table:
    """Return the table with the column `category`, as it was before a migration removed that column."""
    columns = [Column(each.name, each.type, primary_key=each.primary_key) for each in table.columns]
    return Table(table.name, _OLD, *columns, Column("category", String(100)))


old_listings: Final = _with_category(listings)
old_product_words: Final = _with_category(product_words)
old_category_counts: Final = Table(
    "category_counts", _OLD, Column("category", String(100), primary_key=True), Column("listed", Integer)
)


class OldDatabase:
    """A database whose schema is older than the current tables."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def store(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Insert rows of a current table, without the values whose columns the database does not have."""
        database = Database(self._url)

        def names(connection: Connection) -> set[str]:
            return {each["name"] for each in inspect(connection).get_columns(table.name)}

        try:
            async with database.writes.begin() as connection:
                present = await connection.run_sync(names)
                kept = [{name: value for name, value in row.items() if name in present} for row in rows]
                # A table without a primary key, because the old table may have had a different one.
                bare = sql_table(table.name, *(column(each.name, each.type) for each in table.columns))
                await connection.execute(insert(bare), kept)
        finally:
            await database.dispose()

    async def a_user(self) -> str:
        """Store a new customer. Return the id."""
        made = user(f"u{ids.new_id()[-12:]}")
        await self.store(users, {"id": made.id, "created_at": made.created_at, **row_of_user(made)})
        return made.id

    async def some_products(self, number: int = 1) -> list[str]:
        """Store new products. Return their ids, sorted."""
        made = [a_product() for _ in range(number)]
        await self.store(products, *({"deleted": False, **row_of(product)} for product in made))
        return sorted(product.id for product in made)

    async def an_order(
        self,
        snapshot: OrderSnapshot,
        order: Order,
        payments_made: Sequence[Payment],
        refunds_made: Sequence[Refund],
    ) -> None:
        """Store an order with its lines, history, payments and refunds."""
        await self.store(orders, _row_of_snapshot(snapshot))
        await self.store(order_lines, *_rows_of_lines(snapshot))
        await self.store(order_states, _row_of_state(order))
        changes = [
            {
                "order_id": order.id,
                "sequence": number,
                "status": each.status,
                "at": each.at,
                "reason": each.reason,
            }
            for number, each in enumerate(order.changes)
        ]
        await self.store(order_history, *changes)
        if payments_made:
            await self.store(payments, *map(row_of_payment, payments_made))
        if refunds_made:
            await self.store(refunds, *map(row_of_refund, refunds_made))


def _row_of_snapshot(snapshot: OrderSnapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "number": snapshot.number,
        "user_id": snapshot.user_id,
        "created_at": snapshot.created_at,
        "currency": snapshot.currency,
        "subtotal": snapshot.subtotal,
        "discount": snapshot.discount,
        "total": snapshot.total,
        "promo_code": snapshot.promo_code,
        "contact": {"name": snapshot.contact.name},
        "shipping_address": {"name": snapshot.shipping_address.name},
    }


def _rows_of_lines(snapshot: OrderSnapshot) -> list[dict[str, Any]]:
    return [
        {
            "order_id": snapshot.id,
            "position": position,
            "item_id": line.item_id,
            "product_id": line.product_id,
            "sku": line.sku,
            "name": line.name,
            "unit_price": line.unit_price,
            "quantity": line.quantity,
            "discount": line.discount,
            "line_total": line.line_total,
        }
        for position, line in enumerate(snapshot.lines)
    ]


def _row_of_state(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "user_id": order.user_id,
        "created_at": NOW,
        "currency": order.currency,
        "total": order.total,
        "status": order.status.value,
        "expires_at": order.expires_at,
        "refunded_total": order.refunded_total,
        "payment_attempt": order.payment_attempt,
        "history_length": len(order.changes),
        "cancelling_recorded": False,
    }
