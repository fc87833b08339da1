"""Promo codes of a shop that goes back to the version before free shipping and limited codes."""

import asyncio

import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import NOW, a_snapshot, a_user, placed, some_products, stored_promo_code
from shop.domain.promotions.promo_code import CodeUser, Discount
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0030"


@pytest.mark.parametrize("new_shop_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_codes_keep_their_uses_and_no_code_applies_to_more_than_before(new_shop_url: str) -> None:
    storage = SqlStorage(Database(new_shop_url))
    unit_of_work = storage.unit_of_work
    user_id, product_ids = await a_user(unit_of_work), await some_products(unit_of_work)
    everywhere = await stored_promo_code(unit_of_work, "EVERYWHERE")
    limited = await stored_promo_code(unit_of_work, "LIMITED", item_ids=tuple(product_ids))
    free = await stored_promo_code(unit_of_work, "FREE", type=Discount.FREE_SHIPPING, value=0)
    for code in (everywhere, limited, free):
        order = await placed(unit_of_work, a_snapshot(user_id, *product_ids))
        async with unit_of_work() as work:
            await work.promo_codes.claim_use(code, order.id, CodeUser(user_id), NOW)
    await asyncio.to_thread(downgrade, new_shop_url, BEFORE)
    await asyncio.to_thread(upgrade, new_shop_url)
    kept = {
        code: (found.active, found.item_ids, uses)
        for code in ("EVERYWHERE", "LIMITED", "FREE")
        if (stored := await storage.promo_codes.promo_code(code, CodeUser(user_id))) is not None
        for found, uses in [stored]
    }
    assert kept == {"EVERYWHERE": (True, (), 1), "LIMITED": (False, (), 1)}
    assert await stored_promo_code(unit_of_work, "FREE") is not None
    await storage.close()
