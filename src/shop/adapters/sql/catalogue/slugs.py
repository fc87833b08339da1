"""Slugs of products in SQL."""

from typing import Any, Final

from sqlalchemy import Insert, String, bindparam, literal, select, union_all
from sqlalchemy.dialects import mysql, sqlite

from shop.adapters.sql.catalogue.tables import former_slugs, products
from shop.adapters.sql.framework.execution import DirectConnection
from shop.application.ports.catalogue import SlugOwner
from shop.domain.catalogue.product import FALLBACK_SLUG, Product
from shop.domain.catalogue.slug import candidates, first_free, slug_of

_TAKEN: Final = select(products.c.slug).where(products.c.slug.in_(bindparam("slugs", expanding=True)))
_SLUG: Final = bindparam("slug", type_=String)
_BY_SLUG: Final = select(products.c.id).where(products.c.slug == _SLUG)
_OWNERS: Final = union_all(
    select(products.c.id, products.c.slug, literal(0).label("former")).where(products.c.slug == _SLUG),
    select(products.c.id, products.c.slug, literal(1).label("former"))
    .join(former_slugs, former_slugs.c.product_id == products.c.id)
    .where(former_slugs.c.slug == _SLUG, ~products.c.deleted),
).subquery()
_OWNER: Final = select(_OWNERS.c.id, _OWNERS.c.slug).order_by(_OWNERS.c.former).limit(1)
_ON_MYSQL: Final = mysql.insert(former_slugs)
_ON_SQLITE: Final = sqlite.insert(former_slugs)
_KEEP_FORMER: Final[dict[str, Insert]] = {
    "mysql": _ON_MYSQL.on_duplicate_key_update(product_id=_ON_MYSQL.inserted.product_id),
    "sqlite": _ON_SQLITE.on_conflict_do_update(
        index_elements=[former_slugs.c.slug], set_={"product_id": _ON_SQLITE.excluded.product_id}
    ),
}


async def id_by_slug(connection: DirectConnection, slug: str) -> str | None:
    """Return the id of the product that has the slug now."""
    found: str | None = await connection.scalar(_BY_SLUG, {"slug": slug})
    return found


async def free_slug(connection: DirectConnection, name: str, product_id: str) -> str:
    """Return the first slug for this name that no product has."""
    base = slug_of(name, FALLBACK_SLUG)
    taken = await connection.scalars(_TAKEN, {"slugs": list(candidates(base, product_id))})
    return first_free(base, product_id, set(taken))


async def keep_former_slug(connection: DirectConnection, before: Product, after: Product) -> None:
    """Keep the slug that a product gives up for another one, so that links with it still work."""
    if before.slug and after.slug and before.slug != after.slug:
        row: dict[str, Any] = {"slug": before.slug, "product_id": after.id}
        await connection.defer(_KEEP_FORMER[connection.dialect.name], row)


async def owner_of_slug(connection: DirectConnection, slug: str) -> SlugOwner | None:
    """Return the product that has the slug or had it last."""
    row = (await connection.execute(_OWNER, {"slug": slug})).one_or_none()
    return None if row is None else SlugOwner(row.id, row.slug)
