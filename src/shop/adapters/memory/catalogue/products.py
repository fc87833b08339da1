"""Products and stock in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from shop.adapters.memory.framework.store import Transaction, UniqueKeys
from shop.domain.catalogue.product import Product, StockAdjustment
from shop.domain.pricing.quote import Offer

PRODUCTS: Final = "products"
STOCK: Final = "stock"
STOCK_ADJUSTMENTS: Final = "stock_adjustments"
PRODUCT_SALES: Final = "product_sales"
"""Rows are DaySales by (product id, day)."""

UNIQUE_KEYS: Final[UniqueKeys] = {PRODUCTS: {"uq_products_sku": lambda product: product.sku}}

FORGOTTEN_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class StockLevel:
    """A product's stock: what it began with, and what can be sold now."""

    product_id: str
    initial: int
    available: int

    def __post_init__(self) -> None:
        assert self.available >= 0


@dataclass(frozen=True, slots=True)
class DaySales:
    """Units of a product sold on one day."""

    product_id: str
    day: date
    units: int


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

    async def add(self, product: Product, stock: int) -> None:
        await self._transaction.put(PRODUCTS, product.id, product)
        await self._transaction.put(STOCK, product.id, StockLevel(product.id, stock, stock))

    async def update(self, before: Product, after: Product) -> None:
        assert before.id == after.id
        await self._transaction.put(PRODUCTS, after.id, after)

    async def offers(self, product_ids: Sequence[str]) -> Mapping[str, Offer]:
        offers = {}
        for product_id in product_ids:
            product: Product | None = await self._transaction.get(PRODUCTS, product_id)
            level: StockLevel | None = await self._transaction.get(STOCK, product_id)
            if product is not None and level is not None:
                sold = product.active and not product.deleted
                offers[product_id] = Offer(
                    product_id, product.sku, product.name, product.price, sold, level.available
                )
        return offers

    async def count_sales(self, quantities: Mapping[str, int], day: date) -> None:
        for product_id, units in sorted(quantities.items()):
            key = (product_id, day)
            await self._transaction.lock(PRODUCT_SALES, key)
            sales: DaySales | None = await self._transaction.get(PRODUCT_SALES, key)
            sold = DaySales(product_id, day, units + (sales.units if sales else 0))
            await self._transaction.put(PRODUCT_SALES, key, sold)

    async def forget_sales(self, before: date) -> int:
        old: list[DaySales] = [
            sales for sales in await self._transaction.scan(PRODUCT_SALES) if sales.day < before
        ]
        product_ids = sorted({sales.product_id for sales in old})[:FORGOTTEN_AT_ONCE]
        for sales in old:
            if sales.product_id in product_ids:
                await self._transaction.delete(PRODUCT_SALES, (sales.product_id, sales.day))
        return len(product_ids)


class MemoryStock:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def take(self, quantities: Mapping[str, int]) -> bool:
        assert quantities
        assert all(quantity > 0 for quantity in quantities.values())
        return await self._move({product_id: -units for product_id, units in quantities.items()}) == len(
            quantities
        )

    async def give_back(self, quantities: Mapping[str, int]) -> None:
        assert all(quantity > 0 for quantity in quantities.values())
        await self._move(quantities)

    async def lock(self, product_id: str) -> int | None:
        level = await self._locked(product_id)
        return level.available if level else None

    async def adjust(self, adjustment: StockAdjustment) -> None:
        level = await self._locked(adjustment.product_id)
        assert level is not None
        adjusted = replace(level, available=adjustment.available)
        await self._transaction.put(STOCK, adjustment.product_id, adjusted)
        await self._transaction.put(STOCK_ADJUSTMENTS, adjustment.id, adjustment)

    async def _move(self, changes: Mapping[str, int]) -> int:
        """Change the levels that stay at zero or above; how many that are."""
        moved = 0
        for product_id, change in sorted(changes.items()):
            level = await self._locked(product_id)
            if level is not None and level.available + change >= 0:
                await self._transaction.put(
                    STOCK, product_id, replace(level, available=level.available + change)
                )
                moved += 1
        return moved

    async def _locked(self, product_id: str) -> StockLevel | None:
        await self._transaction.lock(STOCK, product_id)
        level: StockLevel | None = await self._transaction.get(STOCK, product_id)
        return level
