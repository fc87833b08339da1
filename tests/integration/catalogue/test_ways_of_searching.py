"""SQL searches among candidates of a word, among candidates of a filter, or in sort order: all find the same."""

import random

import pytest

from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.catalogue import CatalogueQueries, SortKey
from shop.contract.product_samples import a_product, ensure_category, in_category, page, walked
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import words

pytestmark = pytest.mark.anyio

VOCABULARY = ["lamp", "lampe", "Lämpchen", "desk", "de", "tv", "a4", "Zoë", "straße", "blue", "bluish"]
FILTERS = [
    {},
    {"category": "Home"},
    {"min_price": 200},
    {"max_price": 200, "category": "Office"},
    {"in_stock": True},
    {"in_stock": False, "min_price": 200, "max_price": 200},
]


async def store_random_products(storage: SqlStorage) -> list[tuple[Product, int]]:
    chance = random.Random(7)
    made = [
        (
            a_product(
                " ".join(chance.choices(VOCABULARY, k=chance.randint(1, 4))),
                price=chance.choice([100, 200, 300]),
                category=chance.choice(["Home", "Office", None]),
                description=" ".join(chance.choices(VOCABULARY, k=2)),
            ),
            chance.choice([0, 5]),
        )
        for _ in range(60)
    ]
    async with storage.unit_of_work() as work:
        for product, stock in made:
            await ensure_category(work, product.category)
            await work.products.add(in_category(product), {product.id: stock})
    return made


def matches_text(product: Product, query: str) -> bool:
    indexed = words(f"{product.name} {product.category or ''} {product.description}")
    return all(any(word.startswith(wanted) for word in indexed) for wanted in words(query))


def matches_filter(product: Product, stock: int, wanted: dict[str, object]) -> bool:
    return (
        wanted.get("category") in (None, product.category)
        and product.price >= int(str(wanted.get("min_price", 0)))
        and product.price <= int(str(wanted.get("max_price", 999)))
        and wanted.get("in_stock") in (None, stock > 0)
    )


@pytest.mark.parametrize(
    "common_from",
    [pytest.param(1, marks=pytest.mark.long), 5, pytest.param(25, marks=pytest.mark.long), 10_000],
)
async def test_each_way_of_searching_finds_the_same_products(
    sql_storage: SqlStorage, common_from: int
) -> None:
    catalogue: CatalogueQueries = SqlCatalogueQueries(sql_storage.database, common_from=common_from)
    made = await store_random_products(sql_storage)
    for query in ("lamp", "la de", "tv a4", "zoe strasse blu", "home d"):
        for wanted in FILTERS:
            expected = {
                product.id
                for product, stock in made
                if matches_text(product, query) and matches_filter(product, stock, wanted)
            }
            for sort in (None, SortKey.PRICE, SortKey.NAME):
                seen = await walked(catalogue, limit=4, search=query, sort=sort, **wanted)
                assert len(seen) == len(set(seen))
                assert set(seen) == expected, (query, wanted, sort)
            total = (await page(catalogue, search=query, **wanted)).total
            assert total == min(len(expected), common_from), (query, wanted)


@pytest.mark.parametrize("common_from", [1, 10_000])
async def test_each_way_of_searching_sorts_by_price_and_id(sql_storage: SqlStorage, common_from: int) -> None:
    catalogue = SqlCatalogueQueries(sql_storage.database, common_from=common_from)
    made = {product.id: product for product, _ in await store_random_products(sql_storage)}
    for descending in (False, True):
        seen = await walked(catalogue, limit=7, search="la", sort=SortKey.PRICE, descending=descending)
        keys = [(made[product_id].price, product_id) for product_id in seen]
        assert len(keys) > 7, "several pages"
        assert keys == sorted(keys, reverse=descending)
