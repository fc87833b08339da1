"""Products with all their variants, in SQL."""

from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, case, select

from shop.adapters.sql.catalogue.rows import VARIANT, product_view_of
from shop.adapters.sql.catalogue.tables import products, stock, variants
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import FIRST_ID
from shop.application.catalogue.views import ProductView
from shop.domain.money import Currency

# One statement, so that version, variants and stock are consistent. Only the first row has the description.
_VARIANTS: Final = (
    select(
        *(column for column in products.c if column.name != "description"),
        case((variants.c.position == 0, products.c.description), else_="").label("description"),
        *(column.label(f"{VARIANT}{column.name}") for column in variants.c),
        stock.c.available,
    )
    .join(variants, variants.c.product_id == products.c.id)
    .join(stock, stock.c.item_id == variants.c.id)
    .where(~products.c.deleted, ~variants.c.deleted)
    .order_by(variants.c.product_id, variants.c.position)
)
_PRODUCT: Final = _VARIANTS.where(products.c.id == bindparam("id"))
_PRODUCTS: Final = _VARIANTS.where(products.c.id.in_(bindparam("ids", expanding=True)))


async def product_view(
    connection: DirectConnection, product_id: str, currency: Currency
) -> ProductView | None:
    """Return one product; None if unknown or deleted."""
    rows = (await connection.execute(_PRODUCT, {"id": product_id})).all()
    return product_view_of(rows, currency) if rows else None


async def next_product_views(
    connection: DirectConnection, next_ids: Select[Any], after: str, limit: int, currency: Currency
) -> list[ProductView]:
    """Return the products of the next ids above `after`; `next_ids` binds `after` and `most`.

    Returns nothing only when no id is left: a batch whose products were all deleted meanwhile is passed over.
    """
    views: list[ProductView] = []
    after = after or FIRST_ID
    while not views:
        ids = (await connection.scalars(next_ids, {"after": after, "most": limit})).all()
        if not ids:
            break
        by_product: dict[str, list[Row[Any]]] = {}
        for row in await connection.execute(_PRODUCTS, {"ids": list(ids)}):
            by_product.setdefault(row.id, []).append(row)
        views = [product_view_of(by_product[each], currency) for each in ids if each in by_product]
        after = ids[-1]
    return views
