"""`/api/products` for visitors: lists, searches, cached responses."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def created(admin: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await admin.post("/api/products", json={"name": "Lamp", "price": 1, **fields})
    assert answer.status_code == 201, answer.text
    product: dict[str, Any] = answer.json()
    return product


def path(product: dict[str, Any], more: str = "") -> str:
    return f"/api/products/{product['id']}{more}"


async def names(client: httpx.AsyncClient, query: str = "page=1") -> list[str]:
    place = "/api/products/search" if "q=" in query else "/api/products"
    answer = await client.get(f"{place}?{query}")
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# Browsing


OUT_OF_BOUNDS = [
    ("", "page"),
    ("page=0", "page"),
    ("page=1000001", "page"),
    ("page=x", "page"),
    ("page=1&limit=0", "limit"),
    ("page=1&limit=101", "limit"),
    ("page=1&minPrice=x", "minPrice"),
    ("page=1&minPrice=", "minPrice"),
    ("page=1&minPrice=-1", "minPrice"),
    ("page=1&minPrice=NaN", "minPrice"),
    ("page=1&maxPrice=1.999", "maxPrice"),
    ("page=1&maxPrice=1e400", "maxPrice"),
    ("page=1&inStock=maybe", "inStock"),
    ("page=1&sort=colour", "sort"),
    ("page=1&order=up", "order"),
]


async def test_an_invalid_parameter_is_named(shop: ShopHarness) -> None:
    for query, wrong in OUT_OF_BOUNDS:
        for place in ("/api/products?", "/api/products/search?q=lamp&"):
            answer = await shop.client.get(place + query)
            assert refusal(answer) == (400, "VALIDATION_FAILED"), query
            assert list(answer.json()["error"]["details"]) == [wrong], query


async def test_a_blank_or_overlong_search_is_refused(shop: ShopHarness) -> None:
    for query in ("", "&q=", "&q=%20%09", f"&q={'x' * 501}", "&q=" + "+".join(map(str, range(60)))):
        answer = await shop.client.get(f"/api/products/search?page=1{query}")
        assert refusal(answer) == (400, "VALIDATION_FAILED"), query
        assert list(answer.json()["error"]["details"]) == ["q"], query


async def test_searches_accept_unusual_characters(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await created(admin)
    for code in (*range(0x01, 0x250), 0x2028, 0xFFFD, 0xFFFF, 0x1F600, 0x10FFFF):
        answer = await shop.client.get("/api/products/search", params={"page": 1, "q": f"lamp{chr(code)}"})
        assert answer.status_code == 200
    for raw in ("%ED%A0%80", "%FF%FE", "%", "%zz", "a%00"):
        assert (await shop.client.get(f"/api/products/search?page=1&q={raw}")).status_code in (200, 400)


async def test_filters_and_sorting_can_be_combined(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await created(admin, name="Lamp A", price=3, category="Home", stock=1)
    await created(admin, name="Lamp B", price=1.5, category="Home & Garden", stock=1)
    await created(admin, name="Desk", price=2, category="Home")
    for query, expected in [
        ("page=1&sort=price", ["Lamp B", "Desk", "Lamp A"]),
        ("page=1&sort=price&order=desc", ["Lamp A", "Desk", "Lamp B"]),
        ("page=2&limit=2&sort=name", ["Lamp B"]),
        ("page=1&category=Home%20%26%20Garden", ["Lamp B"]),
        ("page=1&minPrice=1.50&maxPrice=2", ["Lamp B", "Desk"]),
        ("page=1&inStock=false", ["Desk"]),
        ("page=1&q=lam&inStock=true&sort=price", ["Lamp B", "Lamp A"]),
        ("page=1&q=home+lamp&minPrice=2", ["Lamp A"]),
        ("page=1&q=%25", []),
    ]:
        assert await names(shop.client, query) == expected, query


async def test_a_state_that_the_client_has_is_answered_with_304(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, stock=2)
    for client in (shop.client, admin):
        answer = await client.get(path(product), headers={"If-None-Match": '"1-2"'})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"1-2"')
    await admin.post(path(product, "/stock"), json={"change": 1})
    answer = await shop.client.get(path(product), headers={"If-None-Match": '"1-2"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1-3"')


async def test_own_writes_are_visible_immediately(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=5)
    queries = ("page=1", "page=1&inStock=true", "page=1&q=lamp", "page=1&q=desk", "page=1&sort=popularity")

    async def seen() -> list[Any]:
        lists = [await names(shop.client, query) for query in queries]
        stocks = [item["stock"] for item in (await shop.client.get("/api/products?page=1")).json()["items"]]
        return [*lists, stocks, (await shop.client.get(path(product))).status_code]

    lamp = ["Lamp"]
    assert await seen() == [lamp, lamp, lamp, [], lamp, [5], 200]
    await admin.post(path(product, "/stock"), json={"change": -5})
    assert await seen() == [lamp, [], lamp, [], lamp, [0], 200]
    await admin.patch(path(product), json={"name": "Desk"})
    assert await seen() == [["Desk"], [], [], ["Desk"], ["Desk"], [0], 200]
    second = await created(admin, stock=1)
    assert await seen() == [["Desk", "Lamp"], lamp, lamp, ["Desk"], ["Desk", "Lamp"], [0, 1], 200]
    await admin.delete(path(second))
    await admin.patch(path(product), json={"active": False})
    assert await seen() == [[], [], [], [], [], [], 404]


async def test_cached_responses_have_the_common_headers(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=5)
    for place in ("/api/products?page=1", path(product)):
        first = await shop.client.get(place)
        again = await shop.client.get(place, headers={"X-Request-Id": "mine"})
        assert again.content == first.content
        assert again.headers.pop("X-Request-Id") == "mine"
        del first.headers["X-Request-Id"]
        assert sorted(again.headers.items()) == sorted(first.headers.items())
        without_body = await shop.client.head(place)
        assert (without_body.status_code, without_body.content) == (200, b"")


# Sales


async def test_sales_change_stock_popularity_and_responses(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    lamp, desk = await created(admin, stock=1), await created(admin, name="Desk", stock=9)
    assert await names(shop.client, "page=1&sort=popularity&order=desc") == ["Desk", "Lamp"]
    customer = await shop.customer()
    answer = await customer.post("/api/orders", json={"items": [{"itemId": lamp["id"], "quantity": 1}]})
    assert answer.status_code == 201, answer.text
    assert await names(shop.client, "page=1&inStock=true") == ["Desk"]
    assert (await shop.client.get(path(lamp))).headers["ETag"] == '"1-0"'
    assert (await shop.client.get(path(lamp))).json()["stock"] == 0
    await shop.pay(answer.json()["order"])
    assert await names(shop.client, "page=1&sort=popularity&order=desc") == ["Lamp", "Desk"]
    shop.clock.advance(days=29)
    await shop.container.catalogue.purge_old_sales()()
    assert await names(shop.client, "page=1&sort=popularity&order=desc") == ["Lamp", "Desk"]
    shop.clock.advance(days=1)
    await shop.container.catalogue.purge_old_sales()()
    assert await names(shop.client, "page=1&sort=popularity&order=desc") == ["Desk", "Lamp"]
    assert desk["id"] > lamp["id"], "in descending order, the later one of equally popular products is first"
