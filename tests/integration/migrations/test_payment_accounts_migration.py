"""Existing payments get their account and currency, which older versions did not store."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import a_payment, an_order
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0016"


@pytest.fixture
async def storage_of_previous_version(new_shop_url: str) -> AsyncIterator[SqlStorage]:
    """A shop with two orders in euros, one paid for at Stripe; the other's payment has the wrong provider."""
    storage = SqlStorage(Database(new_shop_url))
    for provider, intent_id in (("stripe", "pi_3Abc"), ("stripe", "pi_sandbox_1f")):
        order = await an_order(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            await work.payments.add(a_payment(order, intent_id=intent_id))
        async with storage.database.writes.begin() as connection:
            await connection.execute(text("UPDATE payments SET provider = :provider"), {"provider": provider})
            await connection.execute(text("UPDATE orders SET currency = 'EUR'"))
    await asyncio.to_thread(downgrade, new_shop_url, BEFORE)
    yield storage
    await storage.close()


@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
@pytest.mark.parametrize("new_shop_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_existing_payments_get_provider_and_currency(
    storage_of_previous_version: SqlStorage, new_shop_url: str, times: int
) -> None:
    for again in range(times):
        if again:
            await asyncio.to_thread(downgrade, new_shop_url, BEFORE)
        await asyncio.to_thread(upgrade, new_shop_url)
        async with storage_of_previous_version.database.reading() as connection:
            rows = await connection.execute(text("SELECT intent_id, provider, account FROM payments"))
            assert {tuple(row) for row in rows} == {
                ("pi_3Abc", "stripe", None),
                ("pi_sandbox_1f", "sandbox", None),
            }
        async with storage_of_previous_version.unit_of_work() as work:
            assert await work.stored_settings.add_if_missing("SHOP_CURRENCY", "JPY") == "EUR"


async def test_the_migration_stores_no_currency_for_a_shop_without_orders(new_shop_url: str) -> None:
    storage = SqlStorage(Database(new_shop_url))
    async with storage.unit_of_work() as work:
        assert await work.stored_settings.add_if_missing("SHOP_CURRENCY", "JPY") == "JPY"
    await storage.close()
