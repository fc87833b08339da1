"""The statements of a catalogue page, of offers and of stock, and the rows of far pages."""

from typing import Any

import pytest
from sqlalchemy import event

from shop.adapters.sql.catalogue.listing_statements import list_page
from shop.adapters.sql.catalogue.queries import page_parameters, shape_of
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.catalogue import ProductFilter, ProductQuery, SortKey
from shop.contract.product_samples import a_product, category_id, page, store

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("wanted", "at_most"),
    [
        ({}, 1),
        ({"page": 9}, 2),
        ({"sort": SortKey.NAME, "descending": True}, 1),
        ({"category": "Home", "min_price": 1, "max_price": 9_999, "in_stock": True}, 2),
        ({"in_stock": False, "page": 9}, 2),
        ({"search": "lamp desk"}, 2),
        ({"search": "lamp", "page": 9}, 3),
    ],
)
async def test_a_page_costs_few_statements(
    sql_storage: SqlStorage, wanted: dict[str, Any], at_most: int
) -> None:
    await store(sql_storage.unit_of_work, *(a_product("Lamp Desk", category="Home") for _ in range(3)))
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = sql_storage.database.reads.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await page(sql_storage.catalogue, **wanted)
    event.remove(engine, "before_cursor_execute", note)
    assert 1 <= len(statements) <= at_most, statements


@pytest.mark.parametrize(("category", "shown", "total"), [(None, [5, 4, 2], 4), ("Home", [5, 1], 2)])
async def test_a_far_page_has_the_rows_of_a_near_one(
    sql_storage: SqlStorage, category: str | None, shown: list[int], total: int
) -> None:
    for number in range(6):
        product = a_product(f"Lamp {number}", category="Home" if number % 2 else None)
        await store(sql_storage.unit_of_work, product, stock=number % 3)
    query = ProductQuery(
        1,
        3,
        ProductFilter(categories=None if category is None else (category_id(category),), in_stock=True),
        SortKey.NAME,
        descending=True,
    )
    pages = []
    async with sql_storage.database.reading() as connection:
        for far in (False, True):
            statement = list_page(shape_of(query.filter), SortKey.NAME, descending=True, far=far)
            rows = (await connection.execute(statement, page_parameters(query))).all()
            pages.append([(row.name, row.total) for row in rows])
    assert pages[0] == pages[1] == [(f"Lamp {number}", total) for number in shown]


async def test_offers_and_stock_of_thirty_lines_cost_one_statement_each(
    sql_storage: SqlStorage,
) -> None:
    products = [a_product() for _ in range(30)]
    await store(sql_storage.unit_of_work, *products)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = sql_storage.database.writes.sync_engine
    async with sql_storage.unit_of_work() as work:
        event.listen(engine, "before_cursor_execute", note)
        await work.products.offers([product.id for product in products])
        await work.stock.take({product.id: 1 for product in products})
        event.remove(engine, "before_cursor_execute", note)
    verbs = [statement.split()[0] for statement in statements]
    assert [verb for verb in verbs if verb != "BEGIN"] == ["SELECT", "UPDATE"]
