"""Contract tests: reading all listed products in batches, for the feed and the sitemap."""

import pytest

from shop.application.catalogue.views import product_view
from shop.application.ports.storage import Storage
from shop.contract.product_samples import USD, a_product, remove, store

pytestmark = pytest.mark.anyio


async def test_a_walk_visits_every_listed_product_once(storage: Storage) -> None:
    products = sorted(
        (a_product(f"Mug {number}", slug=f"mug-{number}") for number in range(7)),
        key=lambda product: product.id,
    )
    for product in products:
        await store(storage.unit_of_work, product, stock=3)
    await store(storage.unit_of_work, a_product("Hidden", active=False), stock=1)
    await remove(storage.unit_of_work, products[3])
    del products[3]
    walked, after = [], ""
    while batch := await storage.catalogue.walk(after, 4, USD):
        assert len(batch) <= 4
        walked += batch
        after = batch[-1].id
    assert walked == [product_view(product, {product.id: 3}, USD) for product in products]
    slugs = [(product.slug, product.updated_at) for product in products]
    assert await storage.catalogue.slugs(1, 4) == slugs[:4]
    assert await storage.catalogue.slugs(2, 4) == slugs[4:]
    assert await storage.catalogue.slugs(3, 4) == []
