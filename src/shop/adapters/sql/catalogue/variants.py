"""Variants in SQL, each with its stock row, and the taking and giving back of stock."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Integer, Row, Update, bindparam, case, insert, select, update

from shop.adapters.sql.catalogue.tables import stock, stock_adjustments, variants
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import Identifier
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.catalogue.variant import Choice, Variant

_GET: Final = (
    select(variants)
    .where(variants.c.product_id == bindparam("id"), ~variants.c.deleted)
    .order_by(variants.c.position)
)
_ADD: Final = insert(variants)
_ADD_STOCK: Final = insert(stock)
_EXISTS: Final = select(variants.c.id).where(variants.c.id == bindparam("id"))
_UPDATE: Final = (
    update(variants)
    .where(variants.c.id == bindparam("current_id"))
    .values(
        {column: bindparam(column.name) for column in variants.c if column.name not in ("id", "product_id")}
    )
)
_DELETE: Final = (
    update(variants)
    .where(variants.c.id.in_(bindparam("ids", expanding=True)))
    .values(deleted=True, active=False, sku=None)
)
_MARK_STOCK: Final = (
    update(stock)
    .where(stock.c.item_id.in_(bindparam("ids", expanding=True)))
    .values(listed=bindparam("is_listed", type_=Boolean), active=bindparam("is_active", type_=Boolean))
)


class SqlVariants:
    """The variants of products whose rows the caller has locked or just inserted."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def of_product(self, product_id: str) -> tuple[Variant, ...]:
        """Return the product's variants in order."""
        return tuple(map(variant_of, await self._connection.execute(_GET, {"id": product_id})))

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        """Store all variants of a new product; variants missing from `units` have no stock."""
        await self._connection.defer(_ADD, rows_of_variants(product))
        await self._connection.defer(_ADD_STOCK, rows_of_stock(product, units))

    async def update(self, before: Product, after: Product, units: Mapping[str, int]) -> None:
        """Store the differences in id order, the order in which checkouts lock variants.

        A new variant starts with its `units`, 0 by default. A variant that was deleted before keeps its stock.
        """
        # Another variant may take over the sku of a deleted one.
        if gone := sorted({each.id for each in before.variants} - {each.id for each in after.variants}):
            await self._connection.defer(_DELETE, {"ids": gone})
        rows = {row["id"]: row for row in rows_of_variants(after)}
        old_rows = {row["id"]: row for row in rows_of_variants(before)}
        changed = {item_id for item_id in rows.keys() & old_rows.keys() if rows[item_id] != old_rows[item_id]}
        added = rows.keys() - old_rows.keys()
        # New variants have new ids, except the variant of a product without options, which may have been deleted.
        if after.id in added and await self._connection.scalar(_EXISTS, {"id": after.id}) is not None:
            added.remove(after.id)
            changed.add(after.id)
        await self._free_skus(rows, old_rows, changed)
        for item_id in sorted(changed):
            values = {
                name: value for name, value in rows[item_id].items() if name not in ("id", "product_id")
            }
            await self._connection.defer(_UPDATE, {**values, "current_id": item_id})
        if added:
            await self._connection.defer(_ADD, [rows[item_id] for item_id in sorted(added)])
            stocks = [row for row in rows_of_stock(after, units) if row["item_id"] in added]
            await self._connection.defer(_ADD_STOCK, stocks)
        await self._mark_stock(before, after, gone, added)

    async def _free_skus(
        self, rows: Mapping[str, Any], old_rows: Mapping[str, Any], changed: set[str]
    ) -> None:
        """Clear the skus that move to another variant: skus must be unique after each statement."""
        wanted = {rows[item_id]["sku"] for item_id in rows if item_id in changed or item_id not in old_rows}
        for item_id in sorted(changed & old_rows.keys()):
            old = old_rows[item_id]
            if old["sku"] is not None and old["sku"] != rows[item_id]["sku"] and old["sku"] in wanted:
                values = {
                    name: value for name, value in old.items() if name not in ("id", "product_id", "sku")
                }
                await self._connection.defer(_UPDATE, {**values, "sku": None, "current_id": item_id})

    async def _mark_stock(
        self, before: Product, after: Product, gone: Sequence[str], added: set[str]
    ) -> None:
        old, new = stock_marks(before), stock_marks(after)
        new.update(dict.fromkeys(gone, (False, False)))
        by_marks: dict[tuple[bool, bool], list[str]] = {}
        for item_id, marks in new.items():
            if item_id not in added and old.get(item_id) != marks:
                by_marks.setdefault(marks, []).append(item_id)
        for (is_listed, is_active), item_ids in by_marks.items():
            values = {"ids": sorted(item_ids), "is_listed": is_listed, "is_active": is_active}
            await self._connection.defer(_MARK_STOCK, values)


def stock_marks(product: Product) -> dict[str, tuple[bool, bool]]:
    """Return `listed` and `active` of each variant's stock row."""
    substitute = None if product.visible_variants else product.variants[0].id
    return {
        variant.id: (product.listed and (variant.active or variant.id == substitute), variant.active)
        for variant in product.variants
    }


def rows_of_stock(product: Product, units: Mapping[str, int]) -> list[dict[str, Any]]:
    marks = stock_marks(product)
    return [
        {
            "item_id": variant.id,
            "product_id": product.id,
            "initial": units.get(variant.id, 0),
            "available": units.get(variant.id, 0),
            "listed": marks[variant.id][0],
            "active": marks[variant.id][1],
        }
        for variant in product.variants
    ]


def rows_of_variants(product: Product) -> list[dict[str, Any]]:
    return [
        {
            "id": variant.id,
            "product_id": product.id,
            "position": position,
            "sku": variant.sku,
            "options": [list(chosen) for chosen in product.choice(variant)] or None,
            "price": variant.price,
            "compare_at_price": variant.compare_at_price,
            "prior_price": variant.prior_price,
            "weight": variant.weight,
            "barcode": variant.barcode,
            "image_url": variant.image_url,
            "active": variant.active,
            "deleted": False,
        }
        for position, variant in enumerate(product.variants)
    ]


def choice_of(options: Sequence[Sequence[str]] | None) -> Choice:
    """Return the choice stored in an `options` column."""
    return tuple((name, value) for name, value in options or ())


def variant_of(row: Row[Any], prefix: str = "") -> Variant:
    """Return the variant in a row with all columns of `variants`, each name prefixed with `prefix`."""
    values = row._mapping
    return Variant(
        id=values[f"{prefix}id"],
        sku=values[f"{prefix}sku"],
        options=tuple(value for _, value in values[f"{prefix}options"] or ()),
        price=values[f"{prefix}price"],
        compare_at_price=values[f"{prefix}compare_at_price"],
        prior_price=values[f"{prefix}prior_price"],
        weight=values[f"{prefix}weight"],
        barcode=values[f"{prefix}barcode"],
        image_url=values[f"{prefix}image_url"],
        active=bool(values[f"{prefix}active"]),
    )


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
