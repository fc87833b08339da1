"""`/api/categories`, and categories of products, over HTTP."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio


async def made(
    admin: httpx.AsyncClient, name: str, parent: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    body = {"name": name, **({"parentId": parent["id"]} if parent else {}), **more}
    response = await admin.post("/api/categories", json=body)
    assert response.status_code == 201, response.text
    category: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"/api/categories/{category['id']}"
    return category


async def product(admin: httpx.AsyncClient, name: str = "Mug", **more: Any) -> dict[str, Any]:
    response = await admin.post("/api/products", json={"name": name, "price": 5, "stock": 3, **more})
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


async def tree(shop: ShopHarness) -> list[tuple[str, int]]:
    items = (await shop.client.get("/api/categories")).json()["items"]
    return [(item["name"], item["productCount"]) for item in items]


async def listed(shop: ShopHarness, category: str) -> list[str]:
    found = (await shop.client.get("/api/products", params={"page": 1, "category": category})).json()
    names = [item["name"] for item in found["items"]]
    assert found["total"] == len(names)
    return names


async def test_the_tree_is_shown_in_order_with_counts() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        clothes = await made(admin, "Clothes")
        await made(admin, "Sale", position=0)
        shirts = await made(admin, "Shirts", clothes)
        await product(admin, "Linen shirt", categoryIds=[shirts["id"], clothes["id"]])
        await product(admin, "Voucher", categoryIds=[clothes["id"]])
        await product(admin, "Hidden", categoryIds=[shirts["id"]], active=False)
        assert await tree(shop) == [("Sale", 0), ("Clothes", 2), ("Shirts", 1)]
        shown = await shop.client.get(f"/api/categories/{shirts['id']}")
        assert shown.json() == {
            "id": shirts["id"],
            "slug": "shirts",
            "name": "Shirts",
            "parentId": clothes["id"],
            "position": 0,
            "productCount": 1,
            "version": 1,
        }
        again = await shop.client.get(
            f"/api/categories/{shirts['id']}", headers={"If-None-Match": shown.headers["ETag"]}
        )
        assert again.status_code == 304
        assert (await shop.client.get("/api/categories/none")).status_code == 404


async def test_products_of_a_category_are_listed_by_its_slug_or_name() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        clothes = await made(admin, "Été Clothes")
        shirts = await made(admin, "Shirts", clothes, slug="tops")
        await product(admin, "Linen shirt", categoryIds=[shirts["id"]])
        for wanted in ("ete-clothes", "Été Clothes", "été clothes", "tops", "Shirts", "SHIRTS"):
            assert await listed(shop, wanted) == ["Linen shirt"], wanted
        for unknown in ("shirts-2", "Sho", clothes["id"]):
            assert await listed(shop, unknown) == []


async def test_a_category_name_sets_the_main_category() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await product(admin, category="Kitchen")
        (kitchen,) = mug["categoryIds"]
        assert mug["category"] == "Kitchen"
        pan = await product(admin, "Pan", category=" KITCHEN ")
        assert (pan["category"], pan["categoryIds"]) == ("Kitchen", [kitchen])
        sale = await made(admin, "Sale")
        path = f"/api/products/{mug['id']}"
        both = await admin.patch(path, json={"categoryIds": [kitchen, sale["id"]]})
        assert both.json()["categoryIds"] == [kitchen, sale["id"]]
        moved = (await admin.patch(path, json={"category": "New"})).json()
        assert moved["category"] == "New"
        assert moved["categoryIds"][1:] == [sale["id"]]
        first = (await admin.patch(path, json={"category": "sale"})).json()
        assert (first["category"], first["categoryIds"]) == ("Sale", [sale["id"]])
        none = (await admin.patch(path, json={"category": None})).json()
        assert (none["category"], none["categoryIds"]) == (None, [])
        assert await tree(shop) == [("Kitchen", 1), ("Sale", 0), ("New", 0)]


async def test_a_new_category_name_creates_a_root_category_even_after_one_was_deleted() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        first, _ = await made(admin, "First"), await made(admin, "Second")
        assert (await admin.delete(f"/api/categories/{first['id']}")).status_code == 200
        assert (await product(admin, category="Third"))["category"] == "Third"
        assert await tree(shop) == [("Second", 0), ("Third", 1)]


async def test_category_ids_take_precedence_over_the_name() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        sale = await made(admin, "Sale")
        mug = await product(admin, category="Unused", categoryIds=[sale["id"]])
        assert (mug["category"], mug["categoryIds"]) == ("Sale", [sale["id"]])
        assert await tree(shop) == [("Sale", 1)]


async def test_an_ambiguous_name_is_refused_unless_the_product_has_it_already() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        women, men = await made(admin, "Women"), await made(admin, "Men")
        first, second = await made(admin, "Shirts", women), await made(admin, "Shirts", men)
        assert second["slug"] == "shirts-2"
        refused = await admin.post("/api/products", json={"name": "A", "price": 1, "category": "shirts"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CATEGORY_AMBIGUOUS")
        assert set(refused.json()["error"]["details"]["categoryIds"]) == {first["id"], second["id"]}
        shirt = await product(admin, "B", categoryIds=[second["id"]])
        sent = {"name": "C", "price": 1, "category": "Shirts"}
        kept = await admin.put(f"/api/products/{shirt['id']}", json=sent)
        assert kept.json()["categoryIds"] == [second["id"]]
        assert sorted(await listed(shop, "SHIRTS")) == ["C"]


@pytest.mark.parametrize("ids", [["none"], ["0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"], ["x"] * 11, "x", [None]])
async def test_unknown_category_ids_are_refused(ids: Any) -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        refused = await admin.post("/api/products", json={"name": "A", "price": 1, "categoryIds": ids})
        assert refused.status_code == 400, refused.text
        assert "categoryIds" in str(refused.json()["error"]["details"])


async def test_a_categorys_new_name_appears_on_its_products() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        mug = await product(admin, category="Kitchen")
        path = f"/api/categories/{mug['categoryIds'][0]}"
        changed = await admin.patch(path, json={"name": "Cooking"})
        assert changed.json() | {"version": 0} == {
            "id": mug["categoryIds"][0],
            "slug": "kitchen",
            "name": "Cooking",
            "parentId": None,
            "position": 0,
            "productCount": 1,
            "version": 0,
            "reindexing": False,
        }
        assert (await shop.client.get(f"/api/products/{mug['id']}")).json()["category"] == "Cooking"
        assert await listed(shop, "cooking") == await listed(shop, "kitchen") == ["Mug"]
        search = await shop.client.get("/api/products/search?page=1&q=cook")
        assert search.json()["total"] == 1
        assert (await admin.patch(path, json={"slug": "cooking"})).json()["slug"] == "cooking"


async def test_a_move_to_a_cycle_or_a_seventh_level_is_refused() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        chain = [await made(admin, "c1")]
        for level in range(2, 7):
            chain.append(await made(admin, f"c{level}", chain[-1]))
        deeper = await admin.post("/api/categories", json={"name": "c7", "parentId": chain[-1]["id"]})
        cycle = await admin.patch(f"/api/categories/{chain[0]['id']}", json={"parentId": chain[3]["id"]})
        own = await admin.patch(f"/api/categories/{chain[0]['id']}", json={"parentId": chain[0]["id"]})
        for refused in (deeper, cycle, own):
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CATEGORY_TREE")
        unknown = await admin.post("/api/categories", json={"name": "x", "parentId": "none"})
        assert (unknown.status_code, "parentId" in unknown.json()["error"]["details"]) == (400, True)


async def test_a_category_in_use_is_deleted_only_by_moving_its_content_to_another_one() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        clothes, sale = await made(admin, "Clothes"), await made(admin, "Sale")
        shirts = await made(admin, "Shirts", clothes)
        shirt = await product(admin, "Shirt", categoryIds=[shirts["id"], sale["id"]])
        for category in (clothes, shirts):
            refused = await admin.delete(f"/api/categories/{category['id']}")
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CATEGORY_IN_USE")
        below = await admin.delete(f"/api/categories/{clothes['id']}?moveTo={shirts['id']}")
        assert below.json()["error"]["code"] == "CATEGORY_TREE"
        unknown = await admin.delete(f"/api/categories/{clothes['id']}?moveTo=none")
        assert (unknown.status_code, "moveTo" in unknown.json()["error"]["details"]) == (400, True)
        deleted = await admin.delete(f"/api/categories/{clothes['id']}?moveTo={sale['id']}")
        assert (deleted.status_code, deleted.json()) == (200, {"ok": True, "reindexing": False})
        assert await tree(shop) == [("Sale", 1), ("Shirts", 1)]
        deleted = await admin.delete(f"/api/categories/{shirts['id']}?moveTo={sale['id']}")
        assert deleted.status_code == 200
        shown = (await shop.client.get(f"/api/products/{shirt['id']}")).json()
        assert (shown["category"], shown["categoryIds"]) == ("Sale", [sale["id"]])
        assert (await admin.delete(f"/api/products/{shirt['id']}")).status_code == 200
        assert (await admin.delete(f"/api/categories/{sale['id']}")).status_code == 200
        assert await tree(shop) == []


async def test_stale_writes_are_refused() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        sale = await made(admin, "Sale")
        path, stale = f"/api/categories/{sale['id']}", {"If-Match": '"7"'}
        assert (await admin.patch(path, json={"name": "x"}, headers=stale)).status_code == 412
        assert (await admin.delete(path, headers=stale)).status_code == 412
        current = (await shop.client.get(path)).headers["ETag"]
        renamed = await admin.patch(path, json={"name": "x"}, headers={"If-Match": current})
        assert renamed.status_code == 200
        assert renamed.headers["ETag"] != current


async def test_slugs_are_unique_and_well_formed() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        first = await made(admin, "Sale")
        second = await made(admin, "Sale!")
        assert second["slug"] == "sale-2"
        taken = await admin.post("/api/categories", json={"name": "Other", "slug": "sale"})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "SLUG_TAKEN")
        taken = await admin.patch(f"/api/categories/{second['id']}", json={"slug": "sale"})
        assert taken.status_code == 409
        for wrong in ("", "Sale", "a b"):
            refused = await admin.patch(f"/api/categories/{first['id']}", json={"slug": wrong})
            assert (refused.status_code, "slug" in refused.json()["error"]["details"]) == (400, True)


async def test_sending_back_a_category_as_it_was_read_changes_nothing() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        sale = await made(admin, "Sale")
        path = f"/api/categories/{sale['id']}"
        sent_back = await admin.patch(path, json=(await shop.client.get(path)).json())
        assert sent_back.json()["version"] == 1


async def test_many_products_are_reindexed_by_the_worker() -> None:
    async with shop_harness() as shop:
        shop.container.catalogue.administer_categories.add_kwargs(max_immediate_reindex=2)
        admin = await shop.admin()
        old, new = await made(admin, "Old"), await made(admin, "New")
        leaf = await made(admin, "Leaf", old)
        for number in range(3):
            await product(admin, f"p{number}", categoryIds=[leaf["id"]])
        moved = await admin.patch(
            f"/api/categories/{leaf['id']}", json={"name": "Branch", "parentId": new["id"]}
        )
        assert moved.json()["reindexing"] is True
        await shop.container.catalogue.reindex_categories()()
        assert await listed(shop, "new") == ["p0", "p1", "p2"]
        assert await listed(shop, "old") == []
        deleted = await admin.delete(f"/api/categories/{leaf['id']}?moveTo={old['id']}")
        assert deleted.json() == {"ok": True, "reindexing": True}
        await shop.container.catalogue.reindex_categories()()
        assert await tree(shop) == [("Old", 3), ("New", 0)]


async def test_the_names_of_categories_with_products_are_listed() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        await made(admin, "Empty")
        await product(admin, "A", category="Öfen")
        await product(admin, "B", category="Lamps")
        names = (await shop.client.get("/api/products/categories")).json()["items"]
        assert names == [{"category": "Lamps", "products": 1}, {"category": "Öfen", "products": 1}]


async def test_every_write_leaves_an_audit_entry() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        sale = await made(admin, "Sale")
        path = f"/api/categories/{sale['id']}"
        await admin.patch(path, json={"name": "Offers"})
        await admin.delete(path)
        entries = (await admin.get("/api/admin/audit?page=1")).json()["items"]
        found = [(entry["action"], entry["subject"]) for entry in entries if "category" in entry["action"]]
        subject = {"kind": "category", "id": sale["id"], "name": None}
        assert found == [(action, subject) for action, _ in found], "a deleted subject has no name"
        assert [action for action, _ in found] == ["category.deleted", "category.changed", "category.created"]
