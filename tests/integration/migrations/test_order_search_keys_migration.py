"""Orders of a version without order search are found after the migration."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.orders.tables import order_search_keys
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import a_snapshot, a_user, placed, some_products
from shop.domain.address import Address
from shop.domain.orders.snapshot import Contact
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0054"
CONTACTS = (
    Contact(),
    Contact(name="Łucja  O'Neill-Straße", email="Lucja@Example.com"),
    Contact(name=" ".join("abcdefgh"), email="x@example.com"),
    Contact(name="Ünï " + "long" * 50),
)


@pytest.mark.parametrize("migrated_before", [0, 2], ids=["all orders", "after an interruption"])
@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_orders_get_the_keys_that_new_orders_get(empty_url: str, migrated_before: int) -> None:
    await asyncio.to_thread(upgrade, empty_url)
    database = Database(empty_url)
    unit_of_work = SqlStorage(database).unit_of_work
    user_id, product_ids = await a_user(unit_of_work), await some_products(unit_of_work)
    order_ids = []
    for contact in CONTACTS:
        snapshot = replace(
            a_snapshot(user_id, *product_ids), contact=contact, shipping_address=Address(name="Grace Hopper")
        )
        order_ids.append((await placed(unit_of_work, snapshot)).id)
    keys = select(order_search_keys.c.order_id, order_search_keys.c.search_key).order_by(
        order_search_keys.c.order_id, order_search_keys.c.search_key
    )
    async with database.writes.begin() as connection:
        of_new_orders = (await connection.execute(keys)).all()
        await connection.execute(
            delete(order_search_keys).where(order_search_keys.c.order_id.in_(order_ids[migrated_before:]))
        )
    await asyncio.to_thread(downgrade, empty_url, BEFORE)
    await asyncio.to_thread(upgrade, empty_url)
    async with database.writes.begin() as connection:
        assert (await connection.execute(keys)).all() == of_new_orders
    assert {row.order_id for row in of_new_orders} == set(order_ids)
    await database.dispose()
