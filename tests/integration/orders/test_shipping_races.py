"""Races about shipping and tax, on real databases: an order follows the rules of one moment, or is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.instances import Instances, a_product, at_once, open_instances, outcomes

pytestmark = pytest.mark.anyio

BUYERS = 12


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url, country="DE") as instances:
        yield instances


async def create(admin: httpx.AsyncClient, kind: str, **body: Any) -> str:
    """Create a resource. Return its path."""
    answer = await admin.post(f"/api/admin/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/admin/{kind}/{answer.json()['id']}"


async def create_rules(admin: httpx.AsyncClient) -> tuple[str, str]:
    """Create a shipping method for 5.00 and a tax rate of 19 %. Return their paths."""
    zone = (await create(admin, "shipping-zones", name="Germany", countries=["DE"])).rpartition("/")[2]
    method = await create(admin, "shipping-methods", zoneId=zone, name="Post", rates=[{"price": 5}])
    return method, await create(admin, "tax-rates", name="VAT", country="DE", rate=19)


def order_of(product: str, method: str) -> dict[str, Any]:
    return {
        "items": [{"itemId": product, "quantity": 1}],
        "shippingMethodId": method.rpartition("/")[2],
        "shippingAddress": {"country": "DE"},
    }


async def orders_during(
    change: Any, shops: Instances, admin: httpx.AsyncClient, method: str, **terms: Any
) -> tuple[list[httpx.Response], str]:
    """Let buyers order a product for 10.00 while the change is made. Return their answers and the product's id."""
    product = await a_product(admin, 99, price=10)
    buyers = await shops.customers(BUYERS)
    body = {**order_of(product, method), **terms}
    requests = [buyer.post("/api/orders", json=body) for buyer in buyers]
    half = BUYERS // 2
    answers = await at_once([*requests[:half], change(), *requests[half:]])
    assert answers[half].status_code == 200, answers[half].text
    return [*answers[:half], *answers[half + 1 :]], product


async def test_a_method_deactivated_during_checkouts_is_used_only_before(shops: Instances) -> None:
    admin = await shops[0].admin()
    method, _ = await create_rules(admin)
    answers, product = await orders_during(
        lambda: admin.patch(method, json={"active": False}), shops, admin, method
    )
    assert outcomes(answers).keys() <= {201, "SHIPPING_NOT_AVAILABLE"}
    sold = outcomes(answers).get(201, 0)
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["order"]["shipping"]["price"] == 5
    assert (await shops.check()).stock[product] == (99, 99 - sold)
    late_buyer = await shops[0].customer("late")
    late = await late_buyer.post("/api/orders", json=order_of(product, method))
    assert outcomes([late]) == {"SHIPPING_NOT_AVAILABLE": 1}


@pytest.mark.parametrize("what", ["method", "rate"])
async def test_orders_during_a_price_change_have_the_old_or_the_new_total(
    shops: Instances, what: str
) -> None:
    admin = await shops[0].admin()
    method, rate = await create_rules(admin)

    def change() -> Any:
        if what == "rate":
            return admin.patch(rate, json={"rate": 20})
        return admin.patch(method, json={"rates": [{"price": 6}]})

    answers, product = await orders_during(change, shops, admin, method)
    assert outcomes(answers) == {201: BUYERS}
    totals = {answer.json()["order"]["total"] for answer in answers}
    assert totals <= {17.85, 18 if what == "rate" else 19.04}
    assert (await shops.check()).stock[product] == (99, 99 - BUYERS)


@pytest.mark.parametrize("what", ["method", "rate"])
async def test_buyers_pay_the_total_that_they_were_shown(shops: Instances, what: str) -> None:
    admin = await shops[0].admin()
    method, rate = await create_rules(admin)

    def change() -> Any:
        if what == "rate":
            return admin.patch(rate, json={"rate": 20})
        return admin.patch(method, json={"rates": [{"price": 6}]})

    answers, product = await orders_during(change, shops, admin, method, expectedTotal=17.85)
    assert outcomes(answers).keys() <= {201, "PRICE_CHANGED"}
    sold = outcomes(answers).get(201, 0)
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["order"]["total"] == 17.85
    assert (await shops.check()).stock[product] == (99, 99 - sold)


async def test_one_of_eight_concurrent_overlapping_zones_is_created(shops: Instances) -> None:
    admin = await shops[0].admin()
    connections = await shops.everywhere(admin, 8)
    body = {"name": "Germany", "countries": ["DE"]}
    answers = await asyncio.gather(
        *(each.post("/api/admin/shipping-zones", json=body) for each in connections)
    )
    assert outcomes(answers) == {201: 1, "ZONE_OVERLAP": 7}
