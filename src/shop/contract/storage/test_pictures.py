"""Contract tests: pictures."""

import asyncio
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.catalogue.media_views import PictureView
from shop.contract.account_samples import NOW, digest
from shop.domain.catalogue.picture import Picture, PictureKnown, ProductImage
from shop.domain.catalogue.product import Product, simple_product

pytestmark = pytest.mark.anyio

_ids = RandomIds()


def a_picture(content: str = "") -> Picture:
    return Picture(
        id=_ids.new_id(),
        digest=digest(content or _ids.new_id()),
        width=700,
        height=500,
        alt="Tasse ✓",
        created_at=NOW,
    )


def shown(*pictures: Picture, product_id: str = "") -> Product:
    images = tuple(ProductImage(each.id, "here", each.width, each.height) for each in pictures)
    product_id = product_id or _ids.new_id()
    return simple_product(id=product_id, name="Mug", price=900, created_at=NOW, updated_at=NOW, images=images)


async def added(storage: Any, *pictures: Picture) -> None:
    async with storage.unit_of_work() as work:
        for picture in pictures:
            await work.pictures.add(picture)


async def is_used(storage: Any, picture: Picture) -> bool:
    async with storage.unit_of_work() as work:
        assert await work.pictures.lock(picture.id) == picture
        return bool(await work.pictures.is_used(picture.id, ["/media/x"]))


async def test_a_picture_comes_back_as_stored(storage: Any) -> None:
    first, second = a_picture(), a_picture()
    await added(storage, first, second)
    assert await storage.pictures.picture(first.id) == PictureView.of(first)
    assert await storage.pictures.by_digest(second.digest) == PictureView.of(second)
    assert await storage.pictures.picture(_ids.new_id()) is None
    assert await storage.pictures.by_digest(digest("other")) is None
    page = await storage.pictures.page(1, 1)
    assert (page.total, page.items) == (2, [PictureView.of(max(first, second, key=lambda each: each.id))])
    assert await storage.pictures.known([first.id, _ids.new_id(), "shop.db"]) == {first.id}
    async with storage.unit_of_work() as work:
        assert list(await work.pictures.lock_existing([second.id, _ids.new_id()])) == [second]
        await work.pictures.save(first.describe("A cup"))
    assert (await storage.pictures.picture(first.id)).alt == "A cup"


async def test_one_of_two_equal_files_is_stored(storage: Any) -> None:
    pictures = [a_picture("same") for _ in range(4)]
    results = await asyncio.gather(*(added(storage, each) for each in pictures), return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [PictureKnown] * 3
    assert (await storage.pictures.page(1, 10)).total == 1


async def test_products_use_pictures(storage: Any) -> None:
    first, second, third = a_picture(), a_picture(), a_picture()
    await added(storage, first, second, third)
    product = shown(first, second)
    async with storage.unit_of_work() as work:
        await work.products.add(product, {product.id: 1})
    async with storage.unit_of_work() as work:
        assert await work.products.get(product.id) == product
    assert [await is_used(storage, each) for each in (first, second, third)] == [True, True, False]
    changed = product.revise(NOW, images=product.images[1:])
    async with storage.unit_of_work() as work:
        await work.products.lock(product.id)
        await work.products.update(product, changed)
    assert [await is_used(storage, each) for each in (first, second, third)] == [False, True, False]
    async with storage.unit_of_work() as work:
        await work.products.lock(product.id)
        await work.products.update(changed, changed.delete(NOW))
    assert not await is_used(storage, second)
    for picture in (first, second, third):
        async with storage.unit_of_work() as work:
            await work.pictures.lock(picture.id)
            await work.pictures.delete(picture.id)
    assert (await storage.pictures.page(1, 10)).total == 0
