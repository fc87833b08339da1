"""The contract on collections: pages and their bounds."""

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import a_name, buy, new_customer, new_product, new_promo_code, refused

pytestmark = pytest.mark.anyio

COLLECTIONS = [
    "/api/products",
    "/api/products/search?q=mug",
    "/api/users",
    "/api/promo-codes",
    "/api/orders",
]
every_collection = pytest.mark.parametrize("path", COLLECTIONS)


def asked(path: str, query: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{query}"


@every_collection
async def test_the_page_parameter_is_required(admin: httpx.AsyncClient, path: str) -> None:
    assert refused(await admin.get(path), 400, "VALIDATION_FAILED") == {"page": "is required"}


@every_collection
async def test_a_page_is_from_1_to_1000000(admin: httpx.AsyncClient, path: str) -> None:
    for page in (
        "0",
        "-1",
        "1000001",
        "abc",
        "",
        "1.5",
        "NaN",
        "null",
        "true",
        "9" * 30,
        "%F0%9F%9B%92",
        "%00",
    ):
        details = refused(await admin.get(asked(path, f"page={page}")), 400, "VALIDATION_FAILED")
        assert details.keys() == {"page"}, page


@every_collection
async def test_a_page_has_from_1_to_100_items(admin: httpx.AsyncClient, path: str) -> None:
    for limit in ("0", "-1", "101", "abc", "", "1.5", "9" * 30):
        details = refused(await admin.get(asked(path, f"page=1&limit={limit}")), 400, "VALIDATION_FAILED")
        assert details.keys() == {"limit"}, limit
    assert (await admin.get(asked(path, "page=1&limit=100"))).json()["limit"] == 100


@every_collection
async def test_a_page_has_all_its_fields(admin: httpx.AsyncClient, path: str) -> None:
    await something_of_everything(admin)
    answer = await admin.get(asked(path, "page=1"))
    assert answer.status_code == 200
    page = answer.json()
    assert page.keys() - {"correctedQuery"} == {"page", "limit", "total", "items"}
    assert (page["page"], page["limit"]) == (1, 20)
    assert len(page["items"]) == min(page["total"], 20) >= 1


@every_collection
async def test_a_page_past_the_end_is_empty(admin: httpx.AsyncClient, path: str) -> None:
    await something_of_everything(admin)
    total = (await admin.get(asked(path, "page=1"))).json()["total"]
    answer = await admin.get(asked(path, "page=1000000&limit=100"))
    assert answer.status_code == 200
    page = {name: value for name, value in answer.json().items() if name != "correctedQuery"}
    assert page == {"page": 1_000_000, "limit": 100, "total": total, "items": []}


@every_collection
async def test_all_pages_together_show_every_row_once(admin: httpx.AsyncClient, path: str) -> None:
    for _ in range(5):
        await something_of_everything(admin)
    total = (await admin.get(asked(path, "page=1"))).json()["total"]
    met: list[str] = []
    for page in range(1, total // 2 + 3):
        items = (await admin.get(asked(path, f"page={page}&limit=2"))).json()["items"]
        met += [item.get("id") or item["code"] for item in items]
    assert len(met) == len(set(met)) == total >= 5


@pytest.mark.parametrize("sort", ["price", "name", "createdAt", "popularity"])
async def test_ties_are_broken_by_id(admin: httpx.AsyncClient, sort: str) -> None:
    category = a_name("category")
    ids = [(await new_product(admin, category=category))["id"] for _ in range(5)]
    for order, expected in (("asc", ids), ("desc", ids[::-1])):
        met: list[str] = []
        for page in (1, 2, 3):
            query = f"category={category}&sort={sort}&order={order}&page={page}&limit=2"
            met += [item["id"] for item in (await admin.get(f"/api/products?{query}")).json()["items"]]
        assert met == expected


async def test_unknown_query_parameters_of_pages_are_ignored(shop: ShopHarness) -> None:
    assert (await shop.client.get("/api/products?page=1&_=1700000000&utm_source=mail")).status_code == 200


async def test_the_oldest_user_is_listed_first(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await new_customer(shop)
    listed = (await admin.get("/api/users?page=1&limit=1")).json()["items"]
    assert listed == [(await admin.get("/api/users/owner")).json()]


async def something_of_everything(admin: httpx.AsyncClient) -> None:
    product = await new_product(admin)
    await new_promo_code(admin)
    await buy(admin, product)
    body = {"username": a_name("guest"), "password": "correct horse battery"}
    assert (await admin.post("/api/auth/signup", json=body)).status_code == 201
