"""The contract on refunds of items: amounts, restocking, and refusals."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.domain.money import Currency
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import Json, new_product, new_promo_code, refused, stock_of

pytestmark = pytest.mark.anyio

STOCK = 10


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as opened:
        yield opened


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


@pytest.fixture
async def ada(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.customer("ada")


async def paid(shop: ShopHarness, ada: httpx.AsyncClient, *lines: tuple[Json, int], **terms: Any) -> Json:
    """Place an order of these products and quantities, and pay it. Return it."""
    items = [{"itemId": product["id"], "quantity": quantity} for product, quantity in lines]
    made = await ada.post("/api/orders", json={"items": items, **terms})
    assert made.status_code == 201, made.text
    await shop.pay(made.json()["order"])
    return dict(made.json()["order"])


async def refund(admin: httpx.AsyncClient, order: Json, **body: Any) -> httpx.Response:
    return await admin.post(f"/api/admin/orders/{order['id']}/refunds", json=body)


def units(product: Json, quantity: int) -> list[Json]:
    return [{"itemId": product["id"], "quantity": quantity}]


async def test_one_of_three_units_is_refunded(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    answer = await refund(admin, order, items=units(mug, 1), restock=True)
    assert answer.status_code == 201
    made = answer.json()["refund"]
    assert (made["amount"], made["status"], made["items"]) == (10, "succeeded", units(mug, 1))
    assert answer.json()["order"]["refundedTotal"] == 10
    assert await stock_of(admin, mug) == STOCK - 2
    [listed] = (await admin.get("/api/admin/refunds?page=1")).json()["items"]
    assert (listed["items"], listed["restock"]) == (units(mug, 1), True)


async def test_a_partial_refund_with_restock_and_without_items_is_refused(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    assert "restock" in refused(await refund(admin, order, amount=10, restock=True), 400, "VALIDATION_FAILED")
    assert await stock_of(admin, mug) == STOCK - 3
    assert (await admin.get("/api/admin/refunds?page=1")).json()["items"] == []
    assert (await refund(admin, order, amount=30, restock=True)).status_code == 201
    assert await stock_of(admin, mug) == STOCK


async def test_a_refund_of_the_rest_restocks_only_the_units_not_yet_refunded(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pot = (
        await new_product(admin, price=10, stock=STOCK),
        await new_product(admin, price=20, stock=STOCK),
    )
    order = await paid(shop, ada, (mug, 3), (pot, 1))
    await refund(admin, order, items=units(mug, 1), restock=True)
    await refund(admin, order, items=units(mug, 1))  # Broken, so it does not return to stock.
    answer = await refund(admin, order, restock=True)
    assert (answer.json()["refund"]["amount"], answer.json()["order"]["status"]) == (30, "refunded")
    assert (await stock_of(admin, mug), await stock_of(admin, pot)) == (STOCK - 1, STOCK)


async def test_more_units_than_a_line_has_left_are_refused(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    await refund(admin, order, items=units(mug, 2), amount=1)
    details = refused(await refund(admin, order, items=units(mug, 2)), 409, "ITEMS_NOT_REFUNDABLE")
    assert details == {"items": [{"itemId": mug["id"], "requested": 2, "left": 1}]}
    twice = [*units(mug, 1), *units(mug, 1)]
    refused(await refund(admin, order, items=twice), 409, "ITEMS_NOT_REFUNDABLE")
    assert (await refund(admin, order, items=units(mug, 1))).status_code == 201


async def test_more_money_than_is_left_is_refused_with_items_too(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    await refund(admin, order, amount=25)
    refused(await refund(admin, order, items=units(mug, 1)), 409, "REFUND_TOO_LARGE")
    answer = await refund(admin, order, items=units(mug, 1), amount=5, restock=True)
    assert answer.json()["order"]["status"] == "refunded"
    assert await stock_of(admin, mug) == STOCK - 2


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"itemId": "nothing that was bought", "quantity": 1}],
        [{"itemId": "MUG", "quantity": 0}],
        [{"itemId": "MUG", "quantity": -1}],
        [{"itemId": "MUG", "quantity": 1000}],
        [{"itemId": "MUG", "quantity": 1.5}],
        [{"itemId": "MUG"}],
        [{"itemId": "MUG", "quantity": 1, "sku": "M"}],
    ],
)
async def test_items_that_make_no_sense_are_refused(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, items: list[Json]
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    named = [{**item, "itemId": item["itemId"].replace("MUG", mug["id"])} for item in items]
    refused(await refund(admin, order, items=named), 400, "VALIDATION_FAILED")
    assert (await admin.get("/api/admin/refunds?page=1")).json()["total"] == 0


async def test_free_items_are_refunded_only_together_with_paid_ones(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, leaflet = (
        await new_product(admin, price=10, stock=STOCK),
        await new_product(admin, price=0, stock=STOCK),
    )
    order = await paid(shop, ada, (mug, 1), (leaflet, 1))
    refused(await refund(admin, order, items=units(leaflet, 1), restock=True), 400, "VALIDATION_FAILED")
    answer = await refund(admin, order, items=[*units(leaflet, 1), *units(mug, 1)], restock=True)
    assert answer.json()["order"]["status"] == "refunded"
    assert await stock_of(admin, leaflet) == STOCK


async def test_the_refund_of_a_unit_is_its_price_after_the_discount(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pot = (
        await new_product(admin, price=3.33, stock=STOCK),
        await new_product(admin, price=20, stock=STOCK),
    )
    code = await new_promo_code(admin, 10)
    order = await paid(shop, ada, (mug, 3), (pot, 1), promoCode=code)
    [line, other] = order["items"]
    amounts = [(await refund(admin, order, items=units(mug, 1))).json()["refund"]["amount"] for _ in range(3)]
    assert round(sum(amounts), 2) == line["lineTotal"]
    assert (await refund(admin, order)).json()["refund"]["amount"] == other["lineTotal"]


async def test_a_refund_reduces_the_figures_of_its_items(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pot = (
        await new_product(admin, price=10, stock=STOCK),
        await new_product(admin, price=30, stock=STOCK),
    )
    order = await paid(shop, ada, (mug, 3), (pot, 1))
    await refund(admin, order, items=units(mug, 2))
    sold = (await admin.get("/api/admin/statistics/items?page=1")).json()["items"]
    assert {item["itemId"]: (item["refunds"], item["revenue"]) for item in sold} == {
        mug["id"]: (20, 10),
        pot["id"]: (0, 30),
    }
    # More than the mug's price: the rest is refunded on the pot.
    await refund(admin, order, items=units(mug, 1), amount=25)
    sold = (await admin.get("/api/admin/statistics/items?page=1")).json()["items"]
    assert {item["itemId"]: item["refunds"] for item in sold} == {mug["id"]: 30, pot["id"]: 15}


async def test_a_cancellation_restocks_units_that_no_refund_restocked(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, price=10, stock=STOCK)
    order = await paid(shop, ada, (mug, 3))
    await refund(admin, order, items=units(mug, 1), restock=True)
    cancelled = await ada.post(f"/api/orders/{order['id']}/cancel")
    assert cancelled.json()["order"]["refundedTotal"] == 30
    assert await stock_of(admin, mug) == STOCK


async def test_the_refund_of_a_unit_is_an_amount_that_the_provider_can_pay() -> None:
    async with shop_harness(currency=Currency("KWD")) as shop:
        admin, ada = await shop.admin(), await shop.customer("ada")
        mug = await new_product(admin, price=1.11, stock=STOCK)
        code = await new_promo_code(admin, 1, "fixed")
        order = await paid(shop, ada, (mug, 3), promoCode=code)
        amounts = [
            (await refund(admin, order, items=units(mug, 1))).json()["refund"]["amount"] for _ in range(3)
        ]
        assert round(sum(amounts), 3) == order["total"] == 2.33
        assert all(round(amount * 100, 6).is_integer() for amount in amounts)
