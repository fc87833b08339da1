"""Products and stock in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder
from shop.application.ports.catalogue import NO_UNITS
from shop.domain.catalogue.prices import PriceChange
from shop.domain.catalogue.product import FALLBACK_SLUG, Product
from shop.domain.catalogue.slug import first_free, slug_of
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.catalogue.variant import Choice, Variant
from shop.domain.orders.snapshot import OrderLine
from shop.domain.pricing.quote import Offer

PRODUCTS: Final = "products"
VARIANTS: Final = "variants"
"""Rows are StoredVariants by item id."""
PRICE_CHANGES: Final = "price_changes"
"""Rows are PriceChanges by their id."""
STOCK: Final = "stock"
"""Rows are StockLevels by item id."""
STOCK_ADJUSTMENTS: Final = "stock_adjustments"
PRODUCT_SALES: Final = "product_sales"
"""Rows are DaySales by (item id, day)."""

FORMER_SLUGS: Final = "former_slugs"
"""Rows are product ids by slug."""

UNIQUE_KEYS: Final[UniqueKeys] = {
    PRODUCTS: {"uq_products_slug": lambda product: product.slug or None},
    VARIANTS: {"uq_variants_sku": lambda stored: stored.variant.sku},
}

SALES_PURGE_BATCH_SIZE: Final = 200


@dataclass(frozen=True, slots=True)
class StoredVariant:
    """A variant, deleted or not, and its product's id."""

    product_id: str
    variant: Variant
    choice: Choice
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class StockLevel:
    """A variant's initial and available stock. `for_sale` if the variant and its product are active."""

    item_id: str
    product_id: str
    initial: int
    available: int
    for_sale: bool

    def __post_init__(self) -> None:
        assert self.available >= 0


@dataclass(frozen=True, slots=True)
class DaySales:
    """Units of an item sold on one day."""

    item_id: str
    product_id: str
    day: date
    units: int


def units_by_item(store: Store, product: Product) -> dict[str, int]:
    """Return the stock of each variant of the product."""
    levels = store.tables[STOCK]
    return {variant.id: levels[variant.id].available for variant in product.variants}


class MemoryProducts:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, product_id: str) -> Product | None:
        product: Product | None = await self._transaction.get(PRODUCTS, product_id)
        return None if product is None or product.deleted else product

    async def lock(self, product_id: str) -> Product | None:
        await self._transaction.lock(PRODUCTS, product_id)
        return await self.get(product_id)

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        await self._transaction.put(PRODUCTS, product.id, product)
        for variant in product.variants:
            await self._put_variant(StoredVariant(product.id, variant, product.choice(variant)))
            await self._add_stock(product, variant, units)

    async def free_slug(self, name: str, product_id: str) -> str:
        products: list[Product] = await self._transaction.scan(PRODUCTS)
        base, taken = slug_of(name, FALLBACK_SLUG), {product.slug for product in products}
        return first_free(base, product_id, taken)

    async def id_by_slug(self, slug: str) -> str | None:
        products: list[Product] = await self._transaction.scan(PRODUCTS)
        return next((product.id for product in products if slug and product.slug == slug), None)

    async def sku_owners(self, skus: Sequence[str]) -> Mapping[str, str]:
        variants: list[StoredVariant] = await self._transaction.scan(VARIANTS)
        return {
            stored.variant.sku: stored.product_id for stored in variants if stored.variant.sku in set(skus)
        }

    async def update(self, before: Product, after: Product, units: Mapping[str, int] = NO_UNITS) -> None:
        assert before.id == after.id
        await self._transaction.put(PRODUCTS, after.id, after)
        if before.slug and after.slug and before.slug != after.slug:
            await self._transaction.lock(FORMER_SLUGS, before.slug)
            await self._transaction.put(FORMER_SLUGS, before.slug, after.id)
        for variant in after.variants:
            await self._put_variant(StoredVariant(after.id, variant, after.choice(variant)))
            if await self._transaction.get(STOCK, variant.id) is None:
                await self._add_stock(after, variant, units)
        for variant in before.variants:
            if after.variant(variant.id) is None:
                gone = replace(variant, sku=None, active=False)
                stored = StoredVariant(after.id, gone, before.choice(variant), deleted=True)
                await self._put_variant(stored)
        was_for_sale, is_for_sale = _for_sale(before), _for_sale(after)
        for item_id in sorted(was_for_sale ^ is_for_sale):
            await self._transaction.lock(STOCK, item_id)
            level = replace(await self._level(item_id), for_sale=item_id in is_for_sale)
            await self._transaction.put(STOCK, item_id, level)

    async def _put_variant(self, stored: StoredVariant) -> None:
        await self._transaction.lock(VARIANTS, stored.variant.id)
        await self._transaction.put(VARIANTS, stored.variant.id, stored)

    async def _add_stock(self, product: Product, variant: Variant, units: Mapping[str, int]) -> None:
        first = units.get(variant.id, 0)
        level = StockLevel(variant.id, product.id, first, first, variant.id in _for_sale(product))
        await self._transaction.put(STOCK, variant.id, level)

    async def record_prices(self, changes: Sequence[PriceChange]) -> None:
        for change in changes:
            await self._transaction.put(PRICE_CHANGES, change.id, change)

    async def price_changes(self, item_ids: Sequence[str], since: datetime) -> Sequence[PriceChange]:
        changes: list[PriceChange] = await self._transaction.scan(PRICE_CHANGES)
        return [change for change in changes if change.item_id in item_ids and change.at >= since]

    async def _level(self, item_id: str) -> StockLevel:
        level: StockLevel | None = await self._transaction.get(STOCK, item_id)
        assert level is not None
        return level

    async def offers(self, item_ids: Sequence[str]) -> Mapping[str, Offer]:
        offers = {}
        for item_id in item_ids:
            stored: StoredVariant | None = await self._transaction.get(VARIANTS, item_id)
            if stored is not None:
                offers[item_id] = await self._offer(stored)
        return offers

    async def known_ids(self, ids: Sequence[str]) -> frozenset[str]:
        known = {each for each in ids if await self.get(each) is not None}
        for each in ids:
            stored: StoredVariant | None = await self._transaction.get(VARIANTS, each)
            if stored is not None and not stored.deleted and await self.get(stored.product_id) is not None:
                known.add(each)
        return frozenset(known)

    async def choices(self, product_ids: Sequence[str]) -> Sequence[Offer]:
        return [
            await self._offer(StoredVariant(product_id, variant, product.choice(variant)))
            for product_id in sorted(set(product_ids))
            if (product := await self.get(product_id)) is not None and product.listed
            for variant in product.visible_variants
        ]

    async def _offer(self, stored: StoredVariant) -> Offer:
        product: Product | None = await self._transaction.get(PRODUCTS, stored.product_id)
        assert product is not None
        variant = stored.variant
        return Offer(
            variant.id,
            product.id,
            variant.sku,
            product.name,
            variant.price,
            active=product.listed and variant.active and not stored.deleted,
            available=(await self._level(variant.id)).available,
            options=stored.choice,
            image_url=variant.image_url or product.image_url,
            removed=stored.deleted,
            tax_class=product.tax_class,
            requires_shipping=product.requires_shipping,
            weight=variant.weight or 0,
        )

    async def ordered(self, item_ids: Sequence[str]) -> frozenset[str]:
        placed: list[PlacedOrder] = await self._transaction.scan(ORDERS)
        return frozenset(line.item_id for order in placed for line in order.snapshot.lines).intersection(
            item_ids
        )

    async def count_sales(self, lines: Sequence[OrderLine], day: date) -> None:
        for line in sorted(lines, key=lambda line: line.item_id):
            key = (line.item_id, day)
            await self._transaction.lock(PRODUCT_SALES, key)
            sales: DaySales | None = await self._transaction.get(PRODUCT_SALES, key)
            units = line.quantity + (sales.units if sales else 0)
            await self._transaction.put(
                PRODUCT_SALES, key, DaySales(line.item_id, line.product_id, day, units)
            )

    async def purge_sales(self, before: date) -> int:
        old: list[DaySales] = [
            sales for sales in await self._transaction.scan(PRODUCT_SALES) if sales.day < before
        ]
        product_ids = sorted({sales.product_id for sales in old})[:SALES_PURGE_BATCH_SIZE]
        for sales in old:
            if sales.product_id in product_ids:
                await self._transaction.delete(PRODUCT_SALES, (sales.item_id, sales.day))
        return len(product_ids)


def _for_sale(product: Product) -> set[str]:
    """Return the ids of the variants that can be bought."""
    return {variant.id for variant in product.visible_variants} if product.listed else set()


class MemoryStock:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def take(self, quantities: Mapping[str, int]) -> bool:
        assert quantities
        assert all(quantity > 0 for quantity in quantities.values())
        changes = {item_id: -units for item_id, units in quantities.items()}
        return await self._move(changes, for_sale_only=True) == len(quantities)

    async def give_back(self, quantities: Mapping[str, int]) -> None:
        assert all(quantity > 0 for quantity in quantities.values())
        await self._move(quantities, for_sale_only=False)

    async def of_product(self, product_id: str) -> Mapping[str, int]:
        levels: list[StockLevel] = await self._transaction.scan(STOCK)
        return {level.item_id: level.available for level in levels if level.product_id == product_id}

    async def lock(self, item_id: str) -> int | None:
        level = await self._locked(item_id)
        return level.available if level else None

    async def adjust(self, adjustment: StockAdjustment) -> None:
        level = await self._locked(adjustment.item_id)
        assert level is not None
        adjusted = replace(level, available=adjustment.available)
        await self._transaction.put(STOCK, adjustment.item_id, adjusted)
        await self._transaction.put(STOCK_ADJUSTMENTS, adjustment.id, adjustment)

    async def _move(self, changes: Mapping[str, int], *, for_sale_only: bool) -> int:
        """Apply the changes that leave a stock level at zero or above; return the number of changed levels."""
        moved = 0
        for item_id, change in sorted(changes.items()):
            level = await self._locked(item_id)
            if level is None or (for_sale_only and not level.for_sale):
                continue
            if level.available + change >= 0:
                await self._transaction.put(
                    STOCK, item_id, replace(level, available=level.available + change)
                )
                moved += 1
        return moved

    async def _locked(self, item_id: str) -> StockLevel | None:
        await self._transaction.lock(STOCK, item_id)
        level: StockLevel | None = await self._transaction.get(STOCK, item_id)
        return level
