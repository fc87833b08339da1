"""`/api/products` for admins: creating, changing, deleting, stock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.lamps import LAMP, changed_product, created, path, refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def names(client: httpx.AsyncClient, query: str = "page=1") -> list[str]:
    place = "/api/products/search" if "q=" in query else "/api/products"
    answer = await client.get(f"{place}?{query}")
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def as_listed(product: dict[str, Any]) -> dict[str, Any]:
    """Return a product without options as lists show it."""
    of_variants = {"priceFrom": product["price"], "priceTo": product["price"], "variantCount": 1}
    return {name: value for name, value in product.items() if name != "variants"} | of_variants


async def test_a_created_product_is_shown_as_it_was_given(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    answer = await admin.post("/api/products", json=LAMP)
    product = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == path(product)
    assert answer.headers["ETag"] == '"1-7"'
    assert {field: product[field] for field in LAMP} == LAMP
    assert (product["currency"], product["active"], product["version"]) == ("USD", True, 1)
    assert product["createdAt"] == product["updatedAt"] == "2026-01-05T09:00:00Z"
    assert UUID(product["id"]).version == 7
    assert b'"price":25.99,' in answer.content
    shown = await shop.client.get(path(product))
    assert (shown.content, shown.headers["ETag"]) == (answer.content, '"1-7"')
    assert (await shop.client.get("/api/products?page=1")).json() == {
        "page": 1,
        "limit": 20,
        "total": 1,
        "items": [as_listed(product)],
    }


async def test_only_a_name_and_a_price_are_needed(admin: httpx.AsyncClient) -> None:
    product = await created(admin)
    assert (product["stock"], product["sku"], product["category"], product["description"]) == (
        0,
        None,
        None,
        "",
    )


BROKEN = [
    ({"name": " "}, "name"),
    ({"name": None}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "\u200b\ufeff\u00ad"}, "name"),
    ({"price": None}, "price"),
    ({"price": "1"}, "price"),
    ({"price": True}, "price"),
    ({"price": -0.01}, "price"),
    ({"price": 1.999}, "price"),
    ({"price": 100_000_000.01}, "price"),
    ({"compareAtPrice": -1}, "compareAtPrice"),
    ({"currency": "EUR"}, "currency"),
    ({"stock": -1}, "stock"),
    ({"stock": 1.5}, "stock"),
    ({"stock": 10**9 + 1}, "stock"),
    ({"compareAtPrice": 0.99}, "compareAtPrice"),
    ({"sku": "x" * 65}, "sku"),
    ({"sku": "a\x07b"}, "sku"),
    ({"category": "x" * 101}, "category"),
    ({"description": "x" * 10_001}, "description"),
    ({"imageUrl": "javascript:alert(1)"}, "imageUrl"),
    ({"imageUrl": "http://example.com/a.jpg"}, "imageUrl"),
    ({"active": "yes"}, "active"),
    ({"id": "p1"}, "id"),
    ({"colour": "red"}, "colour"),
]


async def test_rule_violations_name_the_field_and_create_nothing(admin: httpx.AsyncClient) -> None:
    for fields, wrong in BROKEN:
        answer = await admin.post("/api/products", json={"name": "Lamp", "price": 1, **fields})
        assert refusal(answer) == (400, "VALIDATION_FAILED"), fields
        assert list(answer.json()["error"]["details"]) == [wrong], fields
    assert await names(admin) == []


async def test_a_sku_belongs_to_one_product_at_a_time(admin: httpx.AsyncClient) -> None:
    first = await created(admin, sku="A")
    answer = await admin.post("/api/products", json={"name": "Lamp", "price": 1, "sku": "A"})
    assert refusal(answer) == (409, "SKU_TAKEN")
    await admin.delete(path(first))
    await created(admin, sku="A")


async def test_a_retry_under_a_key_creates_nothing_more(admin: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    first = await admin.post("/api/products", json=LAMP, headers=key)
    again = await admin.post("/api/products", json=LAMP, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.headers["Location"], again.headers["ETag"]) == (
        first.headers["Location"],
        first.headers["ETag"],
    )
    other = await admin.post("/api/products", json={**LAMP, "price": 1}, headers=key)
    assert other.status_code == 422
    assert await names(admin) == ["Öko-Lampe"]


async def test_changing_products_needs_an_admin(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin)
    customer = await shop.customer()
    for client, status in ((shop.client, 401), (customer, 403)):
        for answer in (
            await client.post("/api/products", json=LAMP),
            await client.put(path(product), json=LAMP),
            await client.patch(path(product), json={}),
            await client.delete(path(product)),
            await client.post(path(product, "/stock"), json={"change": 1}),
        ):
            assert answer.status_code == status
    assert (await shop.client.get(path(product))).json() == product


async def test_a_product_can_be_sent_back_with_put_as_it_was_read(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **{**LAMP, "stock": 3})
    answer = await admin.put(path(product), json={**product, "price": 19.99, "stock": 99})
    assert answer.status_code == 200
    changed = {"price": 19.99, "priorPrice": 25.99}
    assert answer.json() == changed_product(product, changed, version=2), "the stock was ignored"
    assert answer.headers["ETag"] == '"2-3"'


async def test_omitted_fields_keep_their_value_and_null_clears_it(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **LAMP)
    answer = await admin.put(path(product), json={"name": "Lamp", "price": 1})
    changed = {"price": 1, "priorPrice": 25.99}
    assert answer.json() == changed_product(product, changed, name="Lamp", version=2)
    emptied = dict.fromkeys(("sku", "description", "category", "compareAtPrice", "imageUrl"))
    answer = await admin.patch(path(product), json=emptied)
    assert answer.json() == {**answer.json(), **emptied, "description": "", "name": "Lamp", "version": 3}


async def test_a_stale_version_is_refused_and_changes_nothing(admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=4)
    await admin.patch(path(product), json={"price": 2, "version": 1})
    for verb in (admin.put, admin.patch):
        body = {"name": "Stale", "price": 3, "version": 1}
        assert refusal(await verb(path(product), json=body)) == (409, "VERSION_CONFLICT")
        del body["version"]
        for tag in ('"1-4"', '"1"', 'W/"2-4"', '"nonsense"', "nonsense"):
            answer = await verb(path(product), json=body, headers={"If-Match": tag})
            assert refusal(answer) == (412, "PRECONDITION_FAILED")
    assert refusal(await admin.delete(path(product), headers={"If-Match": '"1"'})) == (
        412,
        "PRECONDITION_FAILED",
    )
    shown = (await admin.get(path(product))).json()
    assert (shown["name"], shown["price"], shown["version"]) == ("Lamp", 2, 2)
    for tag, version in (('"2-999"', 3), ('"7", "3-1"', 4), ("*", 5)):
        answer = await admin.patch(path(product), json={}, headers={"If-Match": tag})
        assert answer.json()["version"] == version, "sales don't move the version"


async def test_only_one_of_many_concurrent_edits_of_a_version_succeeds(admin: httpx.AsyncClient) -> None:
    product = await created(admin)
    answers = await asyncio.gather(
        *(admin.patch(path(product), json={"price": price, "version": 1}) for price in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    accepted = next(answer for answer in answers if answer.status_code == 200)
    assert (await admin.get(path(product))).json() == accepted.json()


async def test_a_patch_of_the_stock_is_refused_and_names_the_right_request(admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=3)
    answer = await admin.patch(path(product), json={"stock": 5, "price": 9})
    assert answer.status_code == 400
    assert path(product, "/stock") in answer.json()["error"]["details"]["stock"]
    assert (await admin.get(path(product))).json() == product


async def test_a_deleted_product_appears_nowhere(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin)
    assert (await admin.delete(path(product))).json() == {"ok": True}
    for answer in (
        await admin.get(path(product)),
        await shop.client.get(path(product)),
        await admin.put(path(product), json=LAMP),
        await admin.patch(path(product), json={}),
        await admin.delete(path(product)),
        await admin.post(path(product, "/stock"), json={"change": 1}),
    ):
        assert refusal(answer) == (404, "NOT_FOUND")
    assert await names(shop.client) == await names(shop.client, "page=1&q=lamp") == []


async def test_only_admins_see_an_inactive_product(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, active=False)
    customer = await shop.customer()
    assert (await shop.client.get(path(product))).status_code == 404
    assert (await customer.get(path(product))).status_code == 404
    assert (await admin.get(path(product))).json() == product
    assert await names(admin) == []
    await admin.patch(path(product), json={"active": True})
    assert (await shop.client.get(path(product))).status_code == 200
    stale = {"Authorization": "Bearer broken"}
    assert (await shop.client.get(path(product), headers=stale)).status_code == 200


async def test_an_unknown_product_is_a_404(shop: ShopHarness) -> None:
    for unknown in ("nonsense", "%00", "%F0%9F%98%80", "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"):
        assert (await shop.client.get(f"/api/products/{unknown}")).status_code == 404
