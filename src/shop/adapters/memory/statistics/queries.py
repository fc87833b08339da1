"""Figures in memory: recomputed for every query."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.catalogue.products import (
    PRODUCT_SALES,
    PRODUCTS,
    STOCK,
    VARIANTS,
    StoredVariant,
)
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.orders.orders import ORDERS
from shop.adapters.memory.statistics.sales import SALES
from shop.application.catalogue.stock import POPULARITY_DAYS
from shop.application.ports.statistics import Difference, ItemFacts, ItemRanking, ItemSort, SoldBy
from shop.domain.accounts.role import Role
from shop.domain.catalogue.product import Product
from shop.domain.orders.order import OrderStatus
from shop.domain.periods import Span
from shop.domain.statistics.figures import Figures, SalesFigures, sums
from shop.domain.statistics.insights import HISTORY_DAYS, Trend, trend_of
from shop.domain.statistics.sales import SalesEntry


class MemoryStatisticsQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sales(self, span: Span, zone: ZoneInfo) -> SalesFigures:
        await asyncio.sleep(0)
        found = sums((entry for entry in self._entries() if entry.at in span), zone)
        return SalesFigures(found.days, found.by_promo_code)

    async def items(
        self, span: Span, zone: ZoneInfo, ranking: ItemRanking, page: int, limit: int
    ) -> tuple[list[tuple[str, Figures]], int]:
        await asyncio.sleep(0)
        totals = sums((entry for entry in self._entries() if entry.at in span), zone)
        sold = totals.by_product if ranking.by is SoldBy.PRODUCT else totals.by_item
        found = sorted(sold.items(), key=lambda item: item[0], reverse=ranking.ties_descending)
        found.sort(
            key=lambda item: item[1].net if ranking.sort is ItemSort.REVENUE else item[1].quantity,
            reverse=not ranking.ascending,
        )
        return found[(page - 1) * limit : page * limit], len(found)

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        return (await self.sales(span, zone)).by_promo_code

    async def trends(self, item_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        await asyncio.sleep(0)
        by_item: dict[str, dict[date, Figures]] = {}
        for item, figures in sums(self._entries(), zone).items.items():
            if item.item_id in item_ids and 0 <= (today - item.day).days < HISTORY_DAYS:
                by_item.setdefault(item.item_id, {})[item.day] = figures
        return {item_id: trend_of(sales, today) for item_id, sales in by_item.items()}

    async def sales_of_user(self, user_id: str, span: Span) -> list[SalesEntry]:
        await asyncio.sleep(0)
        found = [entry for entry in self._entries() if entry.user_id == user_id and entry.at in span]
        return sorted(found, key=lambda entry: (entry.at, entry.order_id, entry.number))

    async def orders_by_status(self, span: Span) -> Mapping[OrderStatus, int]:
        await asyncio.sleep(0)
        return Counter(
            placed.order.status
            for placed in self._store.tables[ORDERS].values()
            if placed.snapshot.created_at in span
        )

    async def opened_at(self) -> datetime | None:
        await asyncio.sleep(0)
        return min((user.created_at for user in self._store.tables[USERS].values()), default=None)

    async def new_customers(self, span: Span) -> int:
        await asyncio.sleep(0)
        users = self._store.tables[USERS].values()
        return sum(1 for user in users if user.role == Role.CUSTOMER and user.created_at in span)

    async def facts(self, ids: Collection[str], by: SoldBy = SoldBy.VARIANT) -> Mapping[str, ItemFacts]:
        await asyncio.sleep(0)
        rows = self._store.tables[PRODUCTS if by is SoldBy.PRODUCT else VARIANTS]
        facts = self._product_facts if by is SoldBy.PRODUCT else self._facts
        popularity = self._popularity(by)
        return {item_id: facts(rows[item_id], popularity) for item_id in ids if item_id in rows}

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ItemFacts]:
        await asyncio.sleep(0)
        found = [
            facts
            for facts in self._listed_facts()
            if facts.stock <= stock
            or (facts.popularity and facts.stock * POPULARITY_DAYS <= facts.popularity * days)
        ]
        found.sort(
            key=lambda facts: (
                not facts.popularity,
                facts.stock / facts.popularity if facts.popularity else 0,
                facts.stock,
                facts.id,
            )
        )
        return found[:limit]

    async def insight_candidates(self, limit: int) -> list[str]:
        await asyncio.sleep(0)
        popular = self._popularity(SoldBy.PRODUCT)
        unsold = [each for each in self._listed_facts() if each.stock and not popular[each.product_id]]
        unsold.sort(key=lambda each: (-each.stock * each.price, each.id))
        listed = [product for product in self._store.tables[PRODUCTS].values() if product.listed]
        listed.sort(key=lambda product: (product.updated_at, product.id), reverse=True)
        changed = [variant.id for product in listed for variant in product.visible_variants]
        reduced = [
            variant.id for product in listed if product.on_sale for variant in product.visible_variants
        ]
        kinds = ([each.id for each in unsold], reduced, changed)
        return list(dict.fromkeys(item_id for kind in kinds for item_id in kind[:limit]))

    def _entries(self) -> Iterable[SalesEntry]:
        for entries in self._store.tables[SALES].values():
            yield from entries

    def _popularity(self, by: SoldBy) -> Counter[str]:
        units: Counter[str] = Counter()
        for sales in self._store.tables[PRODUCT_SALES].values():
            units[sales.product_id if by is SoldBy.PRODUCT else sales.item_id] += sales.units
        return units

    def _listed_facts(self) -> list[ItemFacts]:
        """Return the facts of every active variant of a listed product."""
        popularity = self._popularity(SoldBy.VARIANT)
        stored = self._store.tables[VARIANTS].values()
        return [facts for each in stored if (facts := self._facts(each, popularity)).listed]

    def _facts(self, stored: StoredVariant, popularity: Mapping[str, int]) -> ItemFacts:
        product: Product = self._store.tables[PRODUCTS][stored.product_id]
        variant, level = stored.variant, self._store.tables[STOCK][stored.variant.id]
        return ItemFacts(
            id=variant.id,
            product_id=product.id,
            name=product.name,
            sku=variant.sku,
            options=stored.choice,
            price=variant.price,
            compare_at_price=variant.compare_at_price,
            listed=level.for_sale,
            created_at=product.created_at,
            stock=level.available,
            popularity=popularity[variant.id] if level.for_sale else 0,
        )

    def _product_facts(self, product: Product, popularity: Mapping[str, int]) -> ItemFacts:
        return ItemFacts(
            id=product.id,
            product_id=product.id,
            name=product.name,
            sku=product.sku,
            options=(),
            price=product.price,
            compare_at_price=product.compare_at_price,
            listed=product.listed,
            created_at=product.created_at,
            stock=sum(
                self._store.tables[STOCK][variant.id].available for variant in product.visible_variants
            ),
            popularity=popularity[product.id] if product.listed else 0,
        )


class MemoryFigures:
    """See the port. No figures are stored, so none can be outdated or wrong."""

    async def fold(self, zone: ZoneInfo) -> int:  # noqa: ARG002
        return 0

    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:  # noqa: ARG002
        return []

    async def rebuilt_until(self) -> date | None:
        return None

    async def differences(self, zone: ZoneInfo) -> list[Difference]:  # noqa: ARG002
        return []
