"""Stock in SQL."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Update, bindparam, case, insert, select, update

from shop.adapters.sql.catalogue.tables import stock, stock_adjustments
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import Identifier
from shop.domain.catalogue.stock import StockAdjustment

_LOCK: Final = select(stock.c.available).where(stock.c.item_id == bindparam("id")).with_for_update()
_SET: Final = (
    update(stock)
    .where(stock.c.item_id == bindparam("id"))
    .values(available=bindparam("units", type_=Integer))
)
_RECORD: Final = insert(stock_adjustments)
_OF_PRODUCT: Final = select(stock.c.item_id, stock.c.available).where(stock.c.product_id == bindparam("id"))
_CHUNK_SIZE: Final = 200


class SqlStock:
    """See the port. For an IN on the primary key, both databases visit the rows in key order."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def take(self, quantities: Mapping[str, int]) -> bool:
        assert quantities
        assert all(quantity > 0 for quantity in quantities.values())
        result = await self._connection.execute(_taking(len(quantities)), quantity_parameters(quantities))
        return result.rowcount == len(quantities)

    async def give_back(self, quantities: Mapping[str, int]) -> None:
        if quantities:
            assert all(quantity > 0 for quantity in quantities.values())
            await self._connection.defer(_giving_back(len(quantities)), quantity_parameters(quantities))

    async def of_product(self, product_id: str) -> Mapping[str, int]:
        rows = await self._connection.execute(_OF_PRODUCT, {"id": product_id})
        return {row.item_id: row.available for row in rows}

    async def lock(self, item_id: str) -> int | None:
        available: int | None = await self._connection.scalar(_LOCK, {"id": item_id})
        return available

    async def adjust(self, adjustment: StockAdjustment) -> None:
        values = {"id": adjustment.item_id, "units": adjustment.available}
        await self._connection.defer(_SET, values)
        await self._connection.defer(
            _RECORD,
            {
                "id": adjustment.id,
                "item_id": adjustment.item_id,
                "change": adjustment.change,
                "available": adjustment.available,
                "reason": adjustment.reason,
                "made_by": adjustment.made_by,
                "at": adjustment.at,
            },
        )


def quantity_parameters(quantities: Mapping[str, int]) -> dict[str, Any]:
    """Return the parameter values for `quantity_of` and `ids`."""
    parameters: dict[str, Any] = {}
    for number, (row_id, quantity) in enumerate(sorted(quantities.items())):
        parameters[f"id{number}"] = row_id
        parameters[f"quantity{number}"] = quantity
    return parameters


def in_chunks(quantities: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Yield the quantities by id, in id order, in batches for one statement each."""
    items = iter(sorted(quantities.items()))
    while some := dict(islice(items, _CHUNK_SIZE)):
        yield some


def ids(lines: int) -> list[ColumnElement[str]]:
    return [bindparam(f"id{number}", type_=Identifier) for number in range(lines)]


def quantity_of(column: ColumnElement[str], lines: int) -> ColumnElement[int]:
    """Return the quantity for the id in `column`, chosen from `lines` bound pairs."""
    return case(
        {
            bindparam(f"id{number}", type_=Identifier): bindparam(f"quantity{number}", type_=Integer)
            for number in range(lines)
        },
        value=column,
    )


@lru_cache(maxsize=128)
def _taking(lines: int) -> Update:
    quantity = quantity_of(stock.c.item_id, lines)
    return (
        update(stock)
        .where(stock.c.item_id.in_(ids(lines)), stock.c.listed, stock.c.active, stock.c.available >= quantity)
        .values(available=stock.c.available - quantity)
    )


@lru_cache(maxsize=128)
def _giving_back(lines: int) -> Update:
    quantity = quantity_of(stock.c.item_id, lines)
    return update(stock).where(stock.c.item_id.in_(ids(lines))).values(available=stock.c.available + quantity)
