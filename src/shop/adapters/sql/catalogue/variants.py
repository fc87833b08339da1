"""Variants in SQL, each with its row of stock."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Boolean, Row, bindparam, insert, select, update

from shop.adapters.sql.catalogue.tables import stock, variants
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Choice, Variant

_GET: Final = (
    select(variants)
    .where(variants.c.product_id == bindparam("id"), ~variants.c.deleted)
    .order_by(variants.c.position)
)
_ADD: Final = insert(variants)
_ADD_STOCK: Final = insert(stock)
_IS_THERE: Final = select(variants.c.id).where(variants.c.id == bindparam("id"))
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
    """The variants of products whose rows the caller has locked, or just inserted."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def of_product(self, product_id: str) -> tuple[Variant, ...]:
        """In their order."""
        return tuple(map(variant_of, await self._connection.execute(_GET, {"id": product_id})))

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        """Store all variants of a new product; those that `units` does not name have none."""
        await self._connection.defer(_ADD, rows_of_variants(product))
        await self._connection.defer(_ADD_STOCK, rows_of_stock(product, units))

    async def update(self, before: Product, after: Product, units: Mapping[str, int]) -> None:
        """Store what differs, in id order: checkouts lock variants in that order, too.

        A new variant has its `units`, or none. One that was deleted before is revived with the stock it has.
        """
        # A sku that one variant gives up may be another's from now on.
        if gone := sorted({each.id for each in before.variants} - {each.id for each in after.variants}):
            await self._connection.defer(_DELETE, {"ids": gone})
        rows = {row["id"]: row for row in rows_of_variants(after)}
        old_rows = {row["id"]: row for row in rows_of_variants(before)}
        changed = {item_id for item_id in rows.keys() & old_rows.keys() if rows[item_id] != old_rows[item_id]}
        added = rows.keys() - old_rows.keys()
        # New variants have new ids, but the one of a product without options, which may have been deleted.
        if after.id in added and await self._connection.scalar(_IS_THERE, {"id": after.id}) is not None:
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
        """Take their skus off the variants whose sku another one gets: each statement must leave skus unique."""
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
    """`listed` and `active` of each variant's row of stock."""
    standing_in = None if product.visible_variants else product.variants[0].id
    return {
        variant.id: (product.listed and (variant.active or variant.id == standing_in), variant.active)
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
    """The choice in a column of `options`."""
    return tuple((name, value) for name, value in options or ())


def variant_of(row: Row[Any], prefix: str = "") -> Variant:
    """The variant in a row that has every column of `variants`, each under its name behind the prefix."""
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
