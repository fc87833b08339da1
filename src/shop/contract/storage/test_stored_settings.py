"""Contract tests: settings that define the meaning of stored numbers."""

import asyncio
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import rolled_back

pytestmark = pytest.mark.anyio


@retry_on_conflict
async def keep(storage: Any, variable: str, value: str) -> str:
    async with storage.unit_of_work() as work:
        return str(await work.stored_settings.add_if_missing(variable, value))


async def test_the_first_value_stays(storage: Any) -> None:
    assert await keep(storage, "SHOP_CURRENCY", "USD") == "USD"
    assert await keep(storage, "SHOP_CURRENCY", "JPY") == "USD"
    assert await keep(storage, "ANOTHER", "JPY") == "JPY"


async def test_a_stored_value_is_found_and_replaced(storage: Any) -> None:
    async with storage.unit_of_work() as work:
        assert await work.stored_settings.find("SHOP_CURRENCY") is None
        await work.stored_settings.replace("SHOP_CURRENCY", "EUR")
        assert await work.stored_settings.find("SHOP_CURRENCY") is None, "there was nothing to replace"
    await keep(storage, "SHOP_CURRENCY", "USD")
    async with storage.unit_of_work() as work:
        await work.stored_settings.replace("SHOP_CURRENCY", "JPY")
    async with rolled_back(storage.unit_of_work) as work:
        await work.stored_settings.replace("SHOP_CURRENCY", "CHF")
    async with storage.unit_of_work() as work:
        assert await work.stored_settings.find("SHOP_CURRENCY") == "JPY"
    assert await keep(storage, "SHOP_CURRENCY", "EUR") == "JPY"


async def test_a_rolled_back_value_is_not_stored(storage: Any) -> None:
    async with rolled_back(storage.unit_of_work) as work:
        assert await work.stored_settings.add_if_missing("SHOP_CURRENCY", "USD") == "USD"
    assert await keep(storage, "SHOP_CURRENCY", "JPY") == "JPY"


async def test_one_of_twenty_concurrent_first_values_wins(storage: Any) -> None:
    kept = await asyncio.gather(*(keep(storage, "SHOP_CURRENCY", f"value {each}") for each in range(20)))
    assert len(set(kept)) == 1
    assert await keep(storage, "SHOP_CURRENCY", "later") == kept[0]
