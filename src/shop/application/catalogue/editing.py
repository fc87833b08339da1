"""Storing an edited product: the only place where price changes are recorded and prior prices computed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from shop.application.framework.inputs import ExpectedVersions, ensure_expected
from shop.application.ports.catalogue import NO_UNITS
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.catalogue.prices import PriceChange, begins_reduction, prior_price, prior_price_since
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant
from shop.domain.errors import NotFound, VersionConflict


class ProductEditing:
    """Stores edited products. Every price change must go through this class."""

    def __init__(self, ids: Ids, zone: ZoneInfo) -> None:
        self._ids = ids
        self._zone = zone

    async def store(
        self, work: UnitOfWork, before: Product, after: Product, units: Mapping[str, int] = NO_UNITS
    ) -> Product:
        """Store the edit of a locked product; return it with its prior prices. `units` as for `Products.update`."""
        pairs = [(old, new) for new in after.variants if (old := before.variant(new.id)) is not None]
        after = await self._with_prior_prices(work, after, pairs)
        await work.products.update(before, after, units)
        changes = [
            PriceChange(self._ids.new_id(), new.id, after.updated_at, old.price, new.price)
            for old, new in pairs
            if old.price != new.price
        ]
        if changes:
            await work.products.record_prices(changes)
        return after

    async def _with_prior_prices(
        self, work: UnitOfWork, after: Product, pairs: list[tuple[Variant, Variant]]
    ) -> Product:
        reduced = [new.id for old, new in pairs if begins_reduction(old, new)]
        changes: dict[str, list[PriceChange]] = defaultdict(list)
        if reduced:
            since = prior_price_since(after.updated_at, self._zone)
            for change in await work.products.price_changes(reduced, since):
                changes[change.item_id].append(change)
        prices = {new.id: prior_price(old, new, changes[new.id]) for old, new in pairs}
        variants = tuple(replace(variant, prior_price=prices.get(variant.id)) for variant in after.variants)
        return replace(after, variants=variants)


async def locked_product(
    work: UnitOfWork, product_id: str, expected: ExpectedVersions, version: int | None = None
) -> Product:
    """Return the product, locked. Raises NotFound, PreconditionFailed or VersionConflict (for a body's `version`)."""
    product = await work.products.lock(product_id)
    if product is None:
        raise NotFound("product")
    ensure_expected(product.version, expected)
    if version is not None and version != product.version:
        raise VersionConflict(version, product.version)
    return product
