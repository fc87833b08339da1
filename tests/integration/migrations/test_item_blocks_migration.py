"""The sums of items by thirds of a month are deleted, and an older version adds them up again."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.statistics.tables import figures_state, item_periods
from shop.contract.order_samples import ids
from tests.storages import SQL_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0057"
FIRST_DAYS = {"third": [1, 11, 21], "month": [1], "quarter": [1]}
FIGURES = ("orders", "quantity", "gross", "discount", "refunded", "disputed", "product_orders")


@pytest.mark.parametrize("empty_url", SQL_KINDS, indirect=True)
async def test_only_thirds_are_deleted(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url, revision=BEFORE)
    items = [ids.new_id(), ids.new_id()]
    rows: list[dict[str, Any]] = [
        {"length": length, "first": date(2026, 1, day), "item_id": item, "product_id": item}
        | dict.fromkeys(FIGURES, day)
        for item in items
        for length, days in FIRST_DAYS.items()
        for day in days
    ]
    database = Database(empty_url)
    try:
        async with database.writes.begin() as connection:
            await connection.execute(insert(item_periods), rows)
            await connection.execute(insert(figures_state).values(id=1, zone="UTC", building=""))
        await asyncio.to_thread(upgrade, empty_url)
        async with database.reads.connect() as connection:
            kept = (await connection.execute(select(item_periods))).mappings().all()
            assert sorted((row["length"], row["item_id"]) for row in kept) == sorted(
                (length, item) for item in items for length in ("month", "quarter")
            )
            assert (await connection.execute(select(figures_state.c.zone))).scalar_one() == "UTC"
        await asyncio.to_thread(downgrade, empty_url, BEFORE)
        async with database.reads.connect() as connection:
            zone = (await connection.execute(select(figures_state.c.zone))).scalar_one()
            assert zone == "", "the older version's worker adds up the figures again"
    finally:
        await database.dispose()
