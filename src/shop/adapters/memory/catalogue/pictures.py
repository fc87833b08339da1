"""Pictures in memory."""

import asyncio
from collections.abc import Sequence
from typing import Final

from shop.adapters.memory.catalogue.products import PRODUCTS
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder
from shop.application.catalogue.media_views import PictureView
from shop.application.framework.views import Page
from shop.domain.catalogue.picture import Picture
from shop.domain.catalogue.product import Product

PICTURES: Final = "pictures"
UNIQUE_KEYS: Final[UniqueKeys] = {PICTURES: {"uq_pictures_digest": lambda picture: picture.digest}}


class MemoryPictures:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, picture: Picture) -> None:
        await self._transaction.put(PICTURES, picture.id, picture)

    async def lock(self, picture_id: str) -> Picture | None:
        await self._transaction.lock(PICTURES, picture_id)
        picture: Picture | None = await self._transaction.get(PICTURES, picture_id)
        return picture

    async def lock_existing(self, picture_ids: Sequence[str]) -> Sequence[Picture]:
        found = [await self.lock(picture_id) for picture_id in sorted(set(picture_ids))]
        return [picture for picture in found if picture is not None]

    async def save(self, picture: Picture) -> None:
        await self._transaction.put(PICTURES, picture.id, picture)

    async def is_used(self, picture_id: str, urls: Sequence[str]) -> bool:
        products: list[Product] = await self._transaction.scan(PRODUCTS)
        if any(picture_id in product.picture_ids for product in products):
            return True
        orders: list[PlacedOrder] = await self._transaction.scan(ORDERS)
        return any(line.image_url in urls for placed in orders for line in placed.snapshot.lines)

    async def delete(self, picture_id: str) -> None:
        await self._transaction.delete(PICTURES, picture_id)


class MemoryPictureQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, page: int, limit: int) -> Page[PictureView]:
        pictures = sorted(await self._all(), key=lambda picture: picture.id, reverse=True)
        shown = pictures[(page - 1) * limit : page * limit]
        return Page(page, limit, len(pictures), [PictureView.of(picture) for picture in shown])

    async def picture(self, picture_id: str) -> PictureView | None:
        return next((PictureView.of(each) for each in await self._all() if each.id == picture_id), None)

    async def by_digest(self, digest: bytes) -> PictureView | None:
        return next((PictureView.of(each) for each in await self._all() if each.digest == digest), None)

    async def known(self, picture_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(picture.id for picture in await self._all() if picture.id in picture_ids)

    async def _all(self) -> list[Picture]:
        await asyncio.sleep(0)
        return list(self._store.tables[PICTURES].values())
