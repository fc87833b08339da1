"""Contract tests: slugs of products."""

import pytest

from shop.application.ports.catalogue import SlugOwner
from shop.application.ports.storage import Storage
from shop.contract.product_samples import a_product, ids, remove, revise, store
from shop.domain.catalogue.slug import SlugTaken

pytestmark = pytest.mark.anyio


async def free_slug(storage: Storage, name: str) -> str:
    async with storage.unit_of_work() as work:
        return await work.products.free_slug(name, ids.new_id())


async def test_a_product_is_found_by_its_slug(storage: Storage) -> None:
    product = a_product(slug="книга-a4")
    await store(storage.unit_of_work, product, a_product(), a_product())
    assert await storage.catalogue.slug("книга-a4") == SlugOwner(product.id, "книга-a4")
    assert await storage.catalogue.slug("lamp") is None
    assert await storage.catalogue.slug("") is None


async def test_free_slugs_are_numbered(storage: Storage) -> None:
    assert await free_slug(storage, "Café Lamp") == "cafe-lamp"
    await store(storage.unit_of_work, a_product(slug="cafe-lamp"), a_product(slug="cafe-lamp-3"))
    assert await free_slug(storage, "cafe lamp!") == "cafe-lamp-2"
    assert await free_slug(storage, "★") == "product"
    await store(
        storage.unit_of_work, *(a_product(slug=f"cafe-lamp-{number}") for number in (2, *range(4, 51)))
    )
    assert (await free_slug(storage, "Café Lamp")).startswith("cafe-lamp-")


async def test_two_products_never_share_a_slug(storage: Storage) -> None:
    first, second = a_product(slug="lamp"), a_product(slug="desk")
    await store(storage.unit_of_work, first, second)
    with pytest.raises(SlugTaken):
        await store(storage.unit_of_work, a_product(slug="lamp"))
    with pytest.raises(SlugTaken):
        await revise(storage.unit_of_work, second, slug="lamp")
    assert await storage.catalogue.slug("lamp") == SlugOwner(first.id, "lamp")
    assert await storage.catalogue.slug("desk") == SlugOwner(second.id, "desk")


async def test_a_former_slug_resolves_until_another_product_takes_it(storage: Storage) -> None:
    first, second = a_product(slug="one"), a_product(slug="two")
    await store(storage.unit_of_work, first, second)
    await revise(storage.unit_of_work, first, slug="first")
    assert await storage.catalogue.slug("one") == SlugOwner(first.id, "first")
    await revise(storage.unit_of_work, second, slug="one")
    assert await storage.catalogue.slug("one") == SlugOwner(second.id, "one")
    assert await storage.catalogue.slug("two") == SlugOwner(second.id, "one")
    await revise(storage.unit_of_work, second, slug="second")
    assert await storage.catalogue.slug("one") == SlugOwner(second.id, "second"), "the last one that had it"
    await revise(storage.unit_of_work, second, slug="two")
    assert await storage.catalogue.slug("two") == SlugOwner(second.id, "two")


async def test_a_deleted_product_frees_its_slug(storage: Storage) -> None:
    product = a_product(slug="one")
    await store(storage.unit_of_work, product)
    await revise(storage.unit_of_work, product, slug="two")
    await remove(storage.unit_of_work, product)
    assert await storage.catalogue.slug("one") is None
    assert await storage.catalogue.slug("two") is None
    again = a_product(slug="two")
    await store(storage.unit_of_work, again)
    assert await storage.catalogue.slug("two") == SlugOwner(again.id, "two")
