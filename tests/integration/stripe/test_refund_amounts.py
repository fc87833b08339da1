"""Refunds of an amount that the provider cannot state are refused before anything is written."""

from collections.abc import AsyncIterator

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.sql.storage import SqlStorage
from shop.domain.money import Currency
from tests.stripe_shop import STOCK, StripeShop, stripe_shop
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def kuwaiti_shop(storage: MemoryStorage | SqlStorage) -> AsyncIterator[StripeShop]:
    """It sells in KWD, which Stripe takes in steps of 0.010."""
    async with stripe_shop(storage, currency=Currency("KWD")) as opened:
        yield opened


async def test_an_amount_that_is_no_multiple_of_the_step_is_refused_without_a_trace(
    kuwaiti_shop: StripeShop,
) -> None:
    shop = kuwaiti_shop
    order = await shop.paid_order()
    for amount in (3.335, 0.001, 24.999):
        details = refused(await shop.refund(order, "a key", amount=amount), 409, "TOTAL_NOT_PAYABLE")
        assert details == {"currency": "KWD", "step": 0.01}
    assert (await shop.admin.get("/api/admin/refunds?page=1")).json()["items"] == []
    assert [each["amount"] for each in shop.stripe.refunds.values()] == []
    # The key is free, and the order as it was.
    assert (await shop.refund(order, "a key", amount=3.33)).json()["refund"]["status"] == "succeeded"
    assert (await shop.cancel(order))["status"] == "cancelled"
    assert await shop.stock() == STOCK
    await shop.check_settled()
