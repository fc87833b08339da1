"""Figures in memory: summed up anew for whoever asks."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.catalogue.products import PRODUCT_SALES, PRODUCTS, STOCK
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.orders.orders import ORDERS
from shop.adapters.memory.statistics.sales import SALES
from shop.application.ports.statistics import Difference, ItemRanking, ItemSort, ProductFacts
from shop.domain.accounts.role import Role
from shop.domain.catalogue.product import Product
from shop.domain.orders.order import OrderStatus
from shop.domain.statistics.figures import Figures, SalesFigures, sums
from shop.domain.statistics.insights import LOOKED_AT_DAYS, Trend, trend_of
from shop.domain.statistics.periods import Span
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
        by_product = sums((entry for entry in self._entries() if entry.at in span), zone).by_product
        found = sorted(by_product.items(), key=lambda item: item[0], reverse=ranking.ties_descending)
        found.sort(
            key=lambda item: item[1].net if ranking.sort is ItemSort.REVENUE else item[1].quantity,
            reverse=not ranking.ascending,
        )
        return found[(page - 1) * limit : page * limit], len(found)

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        return (await self.sales(span, zone)).by_promo_code

    async def trends(self, product_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        await asyncio.sleep(0)
        by_product: dict[str, dict[date, Figures]] = {}
        for (day, product_id), figures in sums(self._entries(), zone).products.items():
            if product_id in product_ids and 0 <= (today - day).days < LOOKED_AT_DAYS:
                by_product.setdefault(product_id, {})[day] = figures
        return {product_id: trend_of(sales, today) for product_id, sales in by_product.items()}

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

    async def new_customers(self, span: Span) -> int:
        await asyncio.sleep(0)
        users = self._store.tables[USERS].values()
        return sum(1 for user in users if user.role == Role.CUSTOMER and user.created_at in span)

    async def products(self, product_ids: Collection[str]) -> Mapping[str, ProductFacts]:
        await asyncio.sleep(0)
        popularity = self._popularity()
        rows = self._store.tables[PRODUCTS]
        return {
            product_id: self._facts(rows[product_id], popularity)
            for product_id in product_ids
            if product_id in rows
        }

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ProductFacts]:
        await asyncio.sleep(0)
        popularity = self._popularity()
        found = [
            facts
            for product in self._store.tables[PRODUCTS].values()
            if product.listed
            and (
                (facts := self._facts(product, popularity)).stock <= stock
                or (facts.popularity and facts.stock * 30 <= facts.popularity * days)
            )
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

    async def worth_a_look(self, limit: int) -> list[str]:
        await asyncio.sleep(0)
        popularity = self._popularity()
        listed = [product for product in self._store.tables[PRODUCTS].values() if product.listed]
        facts = [self._facts(product, popularity) for product in listed]
        unsold = [each for each in facts if each.stock and not each.popularity]
        unsold.sort(key=lambda each: (-each.stock * each.price, each.id))
        changed = sorted(listed, key=lambda product: (product.updated_at, product.id), reverse=True)
        reduced = [product for product in changed if product.on_sale]
        kinds = ([each.id for each in unsold], [each.id for each in reduced], [each.id for each in changed])
        return list(dict.fromkeys(product_id for kind in kinds for product_id in kind[:limit]))

    def _entries(self) -> Iterable[SalesEntry]:
        for entries in self._store.tables[SALES].values():
            yield from entries

    def _popularity(self) -> Counter[str]:
        units: Counter[str] = Counter()
        for sales in self._store.tables[PRODUCT_SALES].values():
            units[sales.product_id] += sales.units
        return units

    def _facts(self, product: Product, popularity: Mapping[str, int]) -> ProductFacts:
        return ProductFacts(
            id=product.id,
            name=product.name,
            price=product.price,
            compare_at_price=product.compare_at_price,
            listed=product.listed,
            created_at=product.created_at,
            stock=self._store.tables[STOCK][product.id].available,
            popularity=popularity[product.id] if product.listed else 0,
        )


class MemoryFigures:
    """See the port: nothing is kept here, so nothing can be late or wrong."""

    async def fold(self, zone: ZoneInfo) -> int:  # noqa: ARG002
        return 0

    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:  # noqa: ARG002
        return []

    async def rebuilt_until(self) -> date | None:
        return None

    async def differences(self, zone: ZoneInfo) -> list[Difference]:  # noqa: ARG002
        return []
