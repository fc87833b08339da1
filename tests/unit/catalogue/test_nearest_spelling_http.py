"""Searches that find nothing, over HTTP."""

import pytest

from shop.testing import shop_harness

pytestmark = pytest.mark.anyio


async def test_a_search_that_finds_nothing_answers_with_the_nearest_spelling() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        for name, price, stock in (("Table lamp", 10, 1), ("Floor lamp", 20, 0), ("Desk", 30, 1)):
            await admin.post("/api/products", json={"name": name, "price": price, "stock": stock})
        place = "/api/products/search?page=1&q="

        async def found(query: str) -> tuple[list[str], str | None]:
            answer = await shop.client.get(place + query)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            assert body["total"] == len(body["items"])
            return sorted(item["name"] for item in body["items"]), body["correctedQuery"]

        assert await found("lamp") == (["Floor lamp", "Table lamp"], None)
        assert await found("lmap") == (["Floor lamp", "Table lamp"], "lamp")
        assert await found("Tabel Lamp") == (["Table lamp"], "table lamp")
        assert await found("lmap&maxPrice=15") == (["Table lamp"], "lamp")
        assert await found("lmap&exact=true") == ([], None)
        assert await found("lamp&minPrice=100") == ([], None)
        assert await found("lmap&minPrice=100") == ([], "lamp")
        assert await found("zzzz") == ([], None)
        assert (await shop.client.get(f"{place}lmap&exact=maybe")).status_code == 400
        filters = (await shop.client.get("/api/products/filters?q=lmap")).json()
        assert (filters["price"], filters["inStock"]) == ({"min": 10, "max": 20}, 1)
        exact = (await shop.client.get("/api/products/filters?q=lmap&exact=true")).json()
        assert (exact["price"], exact["inStock"]) == (None, 0)


async def test_an_empty_page_past_the_end_is_not_corrected() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        await admin.post("/api/products", json={"name": "Lamp", "price": 1})
        past = (await shop.client.get("/api/products/search?page=9&q=lamp")).json()
        assert (past["total"], past["items"], past["correctedQuery"]) == (1, [], None)
