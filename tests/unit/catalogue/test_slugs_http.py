"""Slugs of products over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from shop.testing import shop_harness

pytestmark = pytest.mark.anyio


async def made(admin: httpx.AsyncClient, name: str = "Café Mug", **more: Any) -> dict[str, Any]:
    response = await admin.post("/api/products", json={"name": name, "price": 5, "stock": 3, **more})
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


async def test_a_slug_is_derived_from_the_name_and_kept() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug, twin, star = await made(admin), await made(admin, "Cafe mug"), await made(admin, "★")
        assert [mug["slug"], twin["slug"], star["slug"]] == ["cafe-mug", "cafe-mug-2", "product"]
        path = f"/api/products/{mug['id']}"
        assert (await admin.patch(path, json={"name": "Cup"})).json()["slug"] == "cafe-mug"
        assert (await admin.put(path, json={"name": "Cup", "price": 5})).json()["slug"] == "cafe-mug"
        listed = (await shop.client.get("/api/products?page=1")).json()["items"]
        assert {item["slug"] for item in listed} == {"cafe-mug", "cafe-mug-2", "product"}


async def test_concurrently_created_products_get_different_slugs() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mugs = await asyncio.gather(*(made(admin) for _ in range(6)))
        assert len({mug["slug"] for mug in mugs}) == 6


async def test_a_product_is_shown_by_its_slug() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await made(admin, "Книга & Co")
        by_slug = await shop.client.get("/api/products/by-slug/книга-co")
        by_id = await shop.client.get(f"/api/products/{mug['id']}")
        assert (by_slug.status_code, by_slug.json()) == (200, by_id.json())
        assert by_slug.headers["ETag"] == by_id.headers["ETag"]
        unchanged = await shop.client.get(
            "/api/products/by-slug/книга-co", headers={"If-None-Match": by_id.headers["ETag"]}
        )
        assert unchanged.status_code == 304
        await admin.patch(f"/api/products/{mug['id']}", json={"price": 6})
        assert (await shop.client.get("/api/products/by-slug/книга-co")).json()["price"] == 6
        for unknown in ("other", "Книга-co", mug["id"]):
            assert (await shop.client.get(f"/api/products/by-slug/{unknown}")).status_code == 404


async def test_a_former_slug_leads_to_the_current_one() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await made(admin)
        path = f"/api/products/{mug['id']}"
        changed = await admin.patch(path, json={"slug": "кружка"})
        assert changed.json()["slug"] == "кружка"
        moved = await shop.client.get("/api/products/by-slug/cafe-mug")
        assert moved.status_code == 301
        assert moved.headers["Location"] == "/api/products/by-slug/%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B0"
        followed = await shop.client.get(moved.headers["Location"])
        assert followed.json()["id"] == mug["id"]
        new = await made(admin)
        assert new["slug"] == "cafe-mug", "another product can take a former slug"
        assert (await shop.client.get("/api/products/by-slug/cafe-mug")).json()["id"] == new["id"]


async def test_only_admins_see_an_inactive_product_by_its_slugs() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await made(admin, active=False)
        await admin.patch(f"/api/products/{mug['id']}", json={"slug": "hidden"})
        for slug, status in (("cafe-mug", 301), ("hidden", 200)):
            assert (await shop.client.get(f"/api/products/by-slug/{slug}")).status_code == 404
            assert (await admin.get(f"/api/products/by-slug/{slug}")).status_code == status
        await admin.delete(f"/api/products/{mug['id']}")
        for slug in ("cafe-mug", "hidden"):
            assert (await admin.get(f"/api/products/by-slug/{slug}")).status_code == 404


async def test_a_taken_slug_is_refused() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        await made(admin, slug="mug")
        other = await made(admin, slug=" other ")
        assert other["slug"] == "other"
        for refused in (
            await admin.post("/api/products", json={"name": "A", "price": 1, "slug": "mug"}),
            await admin.patch(f"/api/products/{other['id']}", json={"slug": "mug"}),
        ):
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SLUG_TAKEN")


@pytest.mark.parametrize("slug", ["", " ", "A Mug", "a--b", "é", "x" * 121, 5])
async def test_malformed_slugs_are_refused(slug: Any) -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await made(admin)
        for refused in (
            await admin.post("/api/products", json={"name": "A", "price": 1, "slug": slug}),
            await admin.patch(f"/api/products/{mug['id']}", json={"slug": slug}),
        ):
            assert (refused.status_code, "slug" in refused.json()["error"]["details"]) == (400, True)
