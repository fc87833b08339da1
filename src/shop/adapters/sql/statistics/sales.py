"""The sales ledger in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.statistics.tables import sales_entries
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.statistics.sales import (
    SalesEntry,
    amount_returned,
    entries_of_dispute,
    entries_of_failed_refund,
    entries_of_refund,
    entries_of_sale,
    tax_of_refund,
)

_ADD: Final = insert(sales_entries)
_OF_ORDER: Final = (
    select(sales_entries)
    .where(sales_entries.c.order_id == bindparam("order_id"))
    .order_by(sales_entries.c.number)
)
_GIVE: Final = (
    update(sales_entries)
    .where(sales_entries.c.order_id == bindparam("of"))
    .values(user_id=bindparam("user_id"))
)


class SqlSalesLedger:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def record_sale(self, snapshot: OrderSnapshot, at: datetime) -> None:
        await self.add(entries_of_sale(snapshot, at))

    async def give_to(self, order_id: str, user_id: str) -> None:
        await self._connection.defer(_GIVE, {"of": order_id, "user_id": user_id})

    async def record_refund(
        self,
        order_id: str,
        refund_id: str,
        amount: int,
        at: datetime,
        prices: Mapping[str, int] | None = None,
    ) -> int:
        if not (earlier := await self._entries_of(order_id)):
            return 0
        entries = entries_of_refund(earlier, refund_id, amount, at, prices)
        await self.add(entries)
        return -sum(entry.tax for entry in entries)

    async def tax_of_refund(self, order_id: str, amount: int, prices: Mapping[str, int] | None = None) -> int:
        return tax_of_refund(await self._entries_of(order_id), amount, prices)

    async def record_failed_refund(self, order_id: str, refund_id: str, at: datetime) -> int | None:
        if not (earlier := await self._entries_of(order_id)):
            return None
        entries = entries_of_failed_refund(earlier, refund_id, at)
        await self.add(entries)
        return -amount_returned(entries)

    async def record_dispute(self, order_id: str, amount: int, at: datetime) -> None:
        if earlier := await self._entries_of(order_id):
            await self.add(entries_of_dispute(earlier, amount, at))

    async def add(self, entries: Sequence[SalesEntry]) -> None:
        """Insert entries of any orders in one statement."""
        rows = [_row_of(entry) for entry in entries]
        if rows:
            await self._connection.defer(_ADD, rows[0] if len(rows) == 1 else rows)

    async def _entries_of(self, order_id: str) -> list[SalesEntry]:
        rows = await self._connection.execute(_OF_ORDER, {"order_id": order_id})
        return [entry_of(row) for row in rows]


def _row_of(entry: SalesEntry) -> dict[str, Any]:
    return {
        "order_id": entry.order_id,
        "number": entry.number,
        "refund_id": entry.refund_id,
        "at": entry.at,
        "user_id": entry.user_id,
        "item_id": entry.item_id,
        "product_id": entry.product_id,
        "begins_product": entry.begins_product,
        "promo_code": entry.promo_code,
        "quantity": entry.quantity,
        "gross": entry.gross,
        "discount": entry.discount,
        "refunded": entry.refunded,
        "disputed": entry.disputed,
        "shipping": entry.shipping,
        "tax": entry.tax,
        "shipping_tax": entry.shipping_tax,
        "tax_added": entry.tax_added,
        "folded": False,
    }


def entry_of(row: Row[Any]) -> SalesEntry:
    """Return the entry in a row with all columns of `sales_entries`."""
    return SalesEntry(
        order_id=row.order_id,
        number=row.number,
        at=row.at,
        user_id=row.user_id,
        item_id=row.item_id,
        product_id=row.product_id,
        promo_code=row.promo_code,
        quantity=row.quantity,
        gross=row.gross,
        discount=row.discount,
        refunded=row.refunded,
        disputed=row.disputed,
        refund_id=row.refund_id,
        begins_product=bool(row.begins_product),
        shipping=row.shipping,
        tax=row.tax,
        shipping_tax=row.shipping_tax,
        tax_added=row.tax_added,
    )
