"""Races about shipping and tax, on real databases: an order is sold under the rules of one moment, or not at all."""

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


async def made(admin: httpx.AsyncClient, kind: str, **body: Any) -> str:
    answer = await admin.post(f"/api/admin/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/admin/{kind}/{answer.json()['id']}"


async def rules(admin: httpx.AsyncClient) -> tuple[str, str]:
    """A shipping method for 5.00 and a tax rate of 19 %: where they are."""
    zone = (await made(admin, "shipping-zones", name="Germany", countries=["DE"])).rpartition("/")[2]
    method = await made(admin, "shipping-methods", zoneId=zone, name="Post", rates=[{"price": 5}])
    return method, await made(admin, "tax-rates", name="VAT", country="DE", rate=19)


async def bought(
    shops: Instances, admin: httpx.AsyncClient, method: str, change: Any, **terms: Any
) -> tuple[list[httpx.Response], str]:
    """The answers to buyers of a product for 10.00 while the change is made, and the product's id."""
    product = await a_product(admin, 99, price=10)
    buyers = await shops.customers(BUYERS)
    body = {
        "items": [{"itemId": product, "quantity": 1}],
        "shippingMethodId": method.rpartition("/")[2],
        "shippingAddress": {"country": "DE"},
        **terms,
    }
    requests = [buyer.post("/api/orders", json=body) for buyer in buyers]
    half = BUYERS // 2
    answers = await at_once([*requests[:half], change(), *requests[half:]])
    assert answers[half].status_code == 200, answers[half].text
    return [*answers[:half], *answers[half + 1 :]], product


async def test_a_method_deactivated_during_checkouts_ships_only_before(shops: Instances) -> None:
    admin = await shops[0].admin()
    method, _ = await rules(admin)
    answers, product = await bought(shops, admin, method, lambda: admin.patch(method, json={"active": False}))
    assert outcomes(answers).keys() <= {201, "SHIPPING_NOT_AVAILABLE"}
    sold = outcomes(answers).get(201, 0)
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["order"]["shipping"]["price"] == 5
    assert (await shops.check()).stock[product] == (99, 99 - sold)


@pytest.mark.parametrize("what", ["method", "rate"])
async def test_a_price_changed_during_checkouts_is_the_old_or_the_new_one(
    shops: Instances, what: str
) -> None:
    admin = await shops[0].admin()
    method, rate = await rules(admin)

    def change() -> Any:
        if what == "rate":
            return admin.patch(rate, json={"rate": 20})
        return admin.patch(method, json={"rates": [{"price": 6}]})

    answers, product = await bought(shops, admin, method, change)
    assert outcomes(answers) == {201: BUYERS}
    totals = {answer.json()["order"]["total"] for answer in answers}
    assert totals <= {17.85, 18 if what == "rate" else 19.04}
    assert (await shops.check()).stock[product] == (99, 99 - BUYERS)


@pytest.mark.parametrize("what", ["method", "rate"])
async def test_buyers_pay_the_total_that_they_were_shown(shops: Instances, what: str) -> None:
    admin = await shops[0].admin()
    method, rate = await rules(admin)

    def change() -> Any:
        if what == "rate":
            return admin.patch(rate, json={"rate": 20})
        return admin.patch(method, json={"rates": [{"price": 6}]})

    answers, product = await bought(shops, admin, method, change, expectedTotal=17.85)
    assert outcomes(answers).keys() <= {201, "PRICE_CHANGED"}
    sold = outcomes(answers).get(201, 0)
    for answer in answers:
        if answer.status_code == 201:
            assert answer.json()["order"]["total"] == 17.85
    assert (await shops.check()).stock[product] == (99, 99 - sold)


async def test_concurrent_overlapping_zones_leave_one(shops: Instances) -> None:
    admin = await shops[0].admin()
    connections = await shops.everywhere(admin, 8)
    body = {"name": "Germany", "countries": ["DE"]}
    answers = await asyncio.gather(
        *(each.post("/api/admin/shipping-zones", json=body) for each in connections)
    )
    assert outcomes(answers) == {201: 1, "ZONE_OVERLAP": 7}
