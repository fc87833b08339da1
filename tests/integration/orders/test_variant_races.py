"""Races about variants, on real databases."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.instances import Instances, at_once, open_instances, outcomes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url) as instances:
        yield instances


async def a_shirt(admin: httpx.AsyncClient, *stock: int) -> dict[str, Any]:
    variants = [{"options": {"Size": str(number)}, "stock": units} for number, units in enumerate(stock)]
    body = {"name": "Shirt", "price": 12.5, "options": ["Size"], "variants": variants}
    made = await admin.post("/api/products", json=body)
    assert made.status_code == 201, made.text
    product: dict[str, Any] = made.json()
    return product


async def test_ten_units_of_a_variant_go_to_ten_of_two_hundred_buyers(shops: Instances) -> None:
    shirt = await a_shirt(await shops[0].admin(), 10, 500)
    scarce, plenty = (variant["id"] for variant in shirt["variants"])
    buyers = await shops.customers(200)
    body = {"items": [{"itemId": scarce, "quantity": 1}]}
    answers = await at_once(buyer.post("/api/orders", json=body) for buyer in buyers)
    assert outcomes(answers) == {201: 10, "OUT_OF_STOCK": 190}
    books = await shops.check()
    assert (books.stock[scarce], books.stock[plenty]) == ((10, 0), (500, 500))


@pytest.mark.parametrize("change", ["removed", "deactivated"])
async def test_a_variant_removed_or_deactivated_during_purchases_is_sold_only_before(
    shops: Instances, change: str
) -> None:
    admin = await shops[0].admin()
    shirt = await a_shirt(admin, 99, 99)
    retired, staying = (variant["id"] for variant in shirt["variants"])
    variants = f"/api/products/{shirt['id']}/variants"
    buyers = await shops.customers(12)
    body = {"items": [{"itemId": retired, "quantity": 1}, {"itemId": staying, "quantity": 1}]}

    def retire() -> Any:
        if change == "deactivated":
            return admin.patch(f"{variants}/{retired}", json={"active": False})
        return admin.put(variants, json={"options": ["Size"], "variants": [{"id": staying}]})

    requests = [buyer.post("/api/orders", json=body) for buyer in buyers]
    answers = await at_once([*requests[:6], retire(), *requests[6:]])
    sold = outcomes(answers).get(201, 0)
    assert outcomes(answers).keys() <= {201, 200, "OUT_OF_STOCK"}
    books = await shops.check()
    assert (books.stock[retired], books.stock[staying]) == ((99, 99 - sold), (99, 99 - sold))
    late = await buyers[0].post("/api/orders", json=body)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "OUT_OF_STOCK")
