"""Products with options: how they are made, changed, shown and searched."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

SHIRT: dict[str, Any] = {
    "name": "Shirt",
    "price": 20,
    "vendor": "Weaver",
    "options": ["Size", "Colour"],
    "variants": [
        {"options": {"Size": "S", "Colour": "Red"}, "sku": "SH-S", "stock": 3, "weight": 150},
        {"options": {"Colour": "Blue", "Size": "M"}, "price": 18, "compareAtPrice": 25, "stock": 4},
        {"options": {"Size": "M", "Colour": "red"}, "price": 22, "imageUrl": "/m.jpg", "active": False},
    ],
}


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def created(admin: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await admin.post("/api/products", json={"name": "Lamp", "price": 10, **fields})
    assert answer.status_code == 201, answer.text
    product: dict[str, Any] = answer.json()
    return product


async def replaced(
    admin: httpx.AsyncClient, product: dict[str, Any], options: list[Any], *variants: dict[str, Any]
) -> dict[str, Any]:
    body = {"options": options, "variants": variants}
    answer = await admin.put(f"/api/products/{product['id']}/variants", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def details(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    found: dict[str, str] = answer.json()["error"]["details"]
    return found


# Showing


async def test_a_product_without_options_has_one_variant_with_its_id(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, sku="LA-1", compareAtPrice=12, stock=7, weight=900)
    assert product["options"] == []
    assert product["variants"] == [
        {
            "id": product["id"],
            "sku": "LA-1",
            "options": {},
            "price": 10,
            "compareAtPrice": 12,
            "priorPrice": None,
            "stock": 7,
            "weight": 900,
            "barcode": None,
            "imageUrl": None,
            "active": True,
        }
    ]
    (listed,) = (await shop.client.get("/api/products?page=1")).json()["items"]
    assert "variants" not in listed
    assert (listed["priceFrom"], listed["priceTo"], listed["variantCount"]) == (10, 10, 1)
    assert (listed["sku"], listed["weight"], listed["stock"]) == ("LA-1", 900, 7)
    assert (product["vendor"], product["requiresShipping"], product["taxClass"]) == (None, True, "standard")
    assert product["withdrawable"] is True


async def test_a_product_with_options_has_all_its_fields(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    assert product["options"] == [
        {"name": "Size", "values": ["S", "M"]},
        {"name": "Colour", "values": ["Red", "Blue"]},
    ]
    first, second, third = product["variants"]
    assert len({product["id"], first["id"], second["id"], third["id"]}) == 4
    assert (first["options"], first["price"], first["sku"]) == ({"Size": "S", "Colour": "Red"}, 20, "SH-S")
    assert (second["options"], second["price"]) == ({"Size": "M", "Colour": "Blue"}, 18)
    assert (third["imageUrl"], third["active"], third["stock"]) == ("/m.jpg", False, 0)
    assert (product["price"], product["compareAtPrice"]) == (18, 25)
    assert (product["stock"], product["sku"], product["vendor"]) == (7, None, "Weaver")

    shown = (await shop.client.get(f"/api/products/{product['id']}")).json()
    assert shown["variants"] == [first, second]
    assert shown["options"][1] == {"name": "Colour", "values": ["Red", "Blue"]}
    by_admin = (await admin.get(f"/api/products/{product['id']}")).json()
    assert by_admin == product
    (listed,) = (await shop.client.get("/api/products?page=1")).json()["items"]
    assert (listed["priceFrom"], listed["priceTo"], listed["variantCount"]) == (18, 20, 2)
    assert (listed["price"], listed["compareAtPrice"], listed["stock"]) == (18, 25, 7)
    assert listed["options"] == shown["options"]


async def test_the_cheapest_is_the_first_of_the_cheapest_active_variants(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[
            {"options": {"Size": "S"}, "price": 5, "active": False},
            {"options": {"Size": "M"}, "price": 9, "compareAtPrice": 10},
            {"options": {"Size": "L"}, "price": 9, "compareAtPrice": 11},
        ],
    )
    assert (product["price"], product["compareAtPrice"]) == (9, 10)
    for variant in product["variants"][1:]:
        answer = await admin.patch(
            f"/api/products/{product['id']}/variants/{variant['id']}", json={"active": False}
        )
    assert (answer.json()["price"], answer.json()["stock"]) == (5, 0)


async def test_one_variant_is_shown_and_its_etag_sees_edits_and_stock(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, **SHIRT)
    place = f"/api/products/{product['id']}/variants/{product['variants'][0]['id']}"
    answer = await admin.get(place)
    assert answer.json() == product["variants"][0]
    tag = answer.headers["ETag"]
    assert (await admin.get(place, headers={"If-None-Match": tag})).status_code == 304
    # The sum stays the same.
    for variant, change in zip(product["variants"], (1, -1), strict=False):
        body = {"variantId": variant["id"], "change": change}
        assert (await admin.post(f"/api/products/{product['id']}/stock", json=body)).status_code == 200
    changed = await admin.get(place, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["stock"]) == (200, 4)
    page = await shop.client.get(f"/api/products/{product['id']}", headers={"If-None-Match": tag})
    assert page.status_code == 200
    assert refusal(await admin.get(f"{place[:-1]}")) == (404, "NOT_FOUND")
    assert (await shop.client.get(place)).status_code == 401


# Making


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"options": ["a", "b", "c", "d"]}, "options"),
        ({"options": ["Size", " size "]}, "options"),
        ({"options": ["Size", "a:b"]}, "options"),
        ({"options": ["Size", "\u200b"]}, "options"),
        ({"options": ["Size", "x" * 41]}, "options"),
        ({"variants": []}, "variants"),
        ({"options": []}, "variants"),
        ({"sku": "A"}, "sku"),
        ({"stock": 3}, "stock"),
    ],
)
async def test_invalid_options_are_refused(admin: httpx.AsyncClient, changes: Any, field: str) -> None:
    answer = await admin.post("/api/products", json={**SHIRT, **changes})
    assert any(name.startswith(field) for name in details(answer)), answer.text


@pytest.mark.parametrize(
    ("variant", "field"),
    [
        ({"options": {"Size": "s ", "Colour": "RED"}}, "options"),
        ({"options": {"Size": "M"}}, "options"),
        ({"options": {"Size": "M", "Colour": "Red", "Fit": "Slim"}}, "options"),
        ({"options": {"Size": "M", "Colour": " "}}, "options"),
        ({}, "options"),
        ({"options": {"Size": "M", "Colour": "Red"}, "price": -1}, "price"),
        ({"options": {"Size": "M", "Colour": "Red"}, "price": 9, "compareAtPrice": 8}, "compareAtPrice"),
        ({"options": {"Size": "M", "Colour": "Red"}, "weight": -1}, "weight"),
        ({"options": {"Size": "M", "Colour": "Red"}, "stock": -1}, "stock"),
        ({"options": {"Size": "M", "Colour": "Red"}, "sku": "x" * 65}, "sku"),
        ({"options": {"Size": "M", "Colour": "Red"}, "imageUrl": "//other.example"}, "imageUrl"),
    ],
)
async def test_a_wrong_variant_is_named_by_its_index(
    admin: httpx.AsyncClient, variant: dict[str, Any], field: str
) -> None:
    answer = await admin.post("/api/products", json={**SHIRT, "variants": [SHIRT["variants"][0], variant]})
    assert list(details(answer)) == [f"variants[1].{field}"]


async def test_a_product_has_at_most_a_hundred_variants(admin: httpx.AsyncClient) -> None:
    variants = [{"options": {"No": str(number)}} for number in range(101)]
    body = {"name": "Pen", "price": 1, "options": ["No"], "variants": variants}
    answer = await admin.post("/api/products", json=body)
    assert list(details(answer)) == ["variants"]
    product = await created(admin, options=["No"], variants=variants[:100])
    assert len(product["variants"]) == 100


async def test_skus_are_unique_in_the_shop(admin: httpx.AsyncClient) -> None:
    await created(admin, sku="A")
    twice = [{"options": {"Size": size}, "sku": "B"} for size in "SM"]
    for variants in ([{"options": {"Size": "S"}, "sku": "A"}], twice):
        body = {"name": "Shirt", "price": 1, "options": ["Size"], "variants": variants}
        assert refusal(await admin.post("/api/products", json=body)) == (409, "SKU_TAKEN")
    product = await created(admin, options=["Size"], variants=[{**twice[0], "sku": "C"}])
    assert refusal(await admin.post("/api/products", json={"name": "x", "price": 1, "sku": "C"})) == (
        409,
        "SKU_TAKEN",
    )
    assert (await admin.delete(f"/api/products/{product['id']}")).status_code == 200
    await created(admin, sku="C")


async def test_a_price_is_needed_unless_every_variant_has_one(admin: httpx.AsyncClient) -> None:
    variant = {"options": {"Size": "S"}}
    body = {"name": "Shirt", "options": ["Size"], "variants": [variant]}
    assert list(details(await admin.post("/api/products", json=body))) == ["price"]
    body["variants"] = [{**variant, "price": 4}]
    assert (await admin.post("/api/products", json=body)).json()["price"] == 4
    assert list(details(await admin.post("/api/products", json={"name": "Pen"}))) == ["price"]


# Changing


async def test_options_are_added_and_the_first_variant_keeps_its_id(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, sku="LA-1", stock=7, weight=10)
    changed = await replaced(
        admin,
        product,
        ["Size"],
        {"id": product["id"], "options": {"Size": "S"}},
        {"options": {"Size": "M"}, "price": 12, "stock": 2},
    )
    first, second = changed["variants"]
    assert (first["id"], first["sku"], first["stock"], first["weight"]) == (product["id"], "LA-1", 7, 10)
    assert (second["price"], second["stock"], second["sku"]) == (12, 2, None)
    assert (changed["version"], changed["stock"], changed["sku"]) == (2, 9, None)
    ada = await shop.customer("ada")
    bought = await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert bought.json()["items"][0]["options"] == {"Size": "S"}


async def test_variants_are_kept_created_and_removed(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    first, second, _ = product["variants"]
    changed = await replaced(
        admin,
        product,
        product["options"],
        {**second, "price": 17, "stock": 99},
        {"options": {"Size": "XL", "Colour": "Blue"}, "sku": "SH-S", "stock": 1},
    )
    kept, new = changed["variants"]
    assert (kept["id"], kept["price"], kept["stock"], kept["compareAtPrice"]) == (second["id"], 17, 4, 25)
    assert new["id"] not in {each["id"] for each in product["variants"]}
    assert (new["price"], new["sku"], new["stock"]) == (18, "SH-S", 1)
    assert changed["options"] == [
        {"name": "Size", "values": ["M", "XL"]},
        {"name": "Colour", "values": ["Blue"]},
    ]
    place = f"/api/products/{product['id']}/variants/{first['id']}"
    assert refusal(await admin.get(place)) == (404, "NOT_FOUND")
    assert refusal(await admin.patch(place, json={"price": 1})) == (404, "NOT_FOUND")


async def test_skus_and_values_can_be_swapped(admin: httpx.AsyncClient) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[{"options": {"Size": size}, "sku": f"SKU-{size}"} for size in "SM"],
    )
    first, second = product["variants"]
    changed = await replaced(
        admin,
        product,
        ["Size"],
        {"id": second["id"], "options": {"Size": "S"}, "sku": "SKU-S"},
        {"id": first["id"], "options": {"Size": "M"}, "sku": "SKU-M"},
    )
    assert [(each["id"], each["options"], each["sku"]) for each in changed["variants"]] == [
        (second["id"], {"Size": "S"}, "SKU-S"),
        (first["id"], {"Size": "M"}, "SKU-M"),
    ]


async def test_an_option_can_be_renamed_and_kept_values_left_out(admin: httpx.AsyncClient) -> None:
    product = await created(admin, options=["Size"], variants=[{"options": {"Size": "S"}}])
    changed = await replaced(admin, product, ["Width"], {"id": product["variants"][0]["id"]})
    assert changed["variants"][0]["options"] == {"Width": "S"}


async def test_a_variant_without_options_has_the_product_id_and_is_revived(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(admin, stock=5, sku="A")
    sized = await replaced(admin, product, ["Size"], {"options": {"Size": "S"}, "stock": 2, "price": 3})
    assert sized["variants"][0]["id"] != product["id"]
    back = await replaced(admin, sized, [], {"stock": 1, "sku": "A"})
    assert [(each["id"], each["stock"], each["price"]) for each in back["variants"]] == [
        (product["id"], 1, 3)
    ]
    assert (back["options"], back["sku"], back["stock"]) == ([], "A", 1)
    again = await replaced(admin, back, [], {"id": product["id"], "price": 4})
    assert (again["stock"], again["price"], again["sku"]) == (1, 4, "A")
    made = await created(admin, options=["Size"], variants=[{"options": {"Size": "S"}, "stock": 9}])
    plain = await replaced(admin, made, [], {})
    assert (plain["variants"][0]["id"], plain["stock"]) == (made["id"], 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"options": [], "variants": []}, "LAST_VARIANT"),
        ({"options": ["Size"], "variants": []}, "LAST_VARIANT"),
    ],
)
async def test_the_last_variant_cannot_be_removed(admin: httpx.AsyncClient, body: Any, code: str) -> None:
    product = await created(admin)
    answer = await admin.put(f"/api/products/{product['id']}/variants", json=body)
    assert refusal(answer) == (409, code)


async def test_invalid_sets_of_variants_are_refused(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    other = await created(admin)
    place, kept = f"/api/products/{product['id']}/variants", product["variants"][0]["id"]
    for variants, field in (
        ([{"id": other["id"]}], "variants[0].id"),
        ([{"id": kept}, {"id": kept}], "variants[1].id"),
        ([{"id": kept}, {"options": {"Size": "S"}}], "variants[1].options"),
        ([{"id": kept}, {"options": {"Size": "s", "Colour": "RED"}}], "variants[1].options"),
    ):
        answer = await admin.put(place, json={"options": ["Size", "Colour"], "variants": variants})
        assert field in details(answer), answer.text
    for variants, field in (([{}, {}], "variants"), ([{"id": kept}], "variants[0].id")):
        answer = await admin.put(place, json={"options": [], "variants": variants})
        assert any(name.startswith(field) for name in details(answer)), answer.text
    assert (await admin.get(f"/api/products/{product['id']}")).json() == product


async def test_stale_sets_and_changes_are_refused(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place, variants = f"/api/products/{product['id']}/variants", product["variants"]
    body = {"options": ["Size", "Colour"], "variants": variants[:2]}
    for method, target, change in (
        ("PUT", place, body),
        ("PATCH", f"{place}/{variants[0]['id']}", {"price": 1}),
    ):
        answer = await admin.request(method, target, json=change, headers={"If-Match": '"7-1"'})
        assert refusal(answer) == (412, "PRECONDITION_FAILED")
        answer = await admin.request(method, target, json={**change, "version": 7})
        assert refusal(answer) == (409, "VERSION_CONFLICT")
        answer = await admin.request(method, f"{target}", json={**change, "version": product["version"]})
        assert answer.status_code == 200
        tag = answer.headers["ETag"]
        answer = await admin.request(method, target, json=change, headers={"If-Match": tag})
        assert answer.status_code == 200
        product = answer.json()
    for unknown in ("nothing", "01a21c7f-7cc5-712c-8f5e-e734ca785e18"):
        answer = await admin.put(f"/api/products/{unknown}/variants", json=body)
        assert refusal(answer) == (404, "NOT_FOUND")


async def test_a_variant_is_changed_by_itself(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place = f"/api/products/{product['id']}/variants/{product['variants'][0]['id']}"
    change = {"sku": None, "price": 5, "compareAtPrice": 6, "weight": 7, "barcode": "4006381333931"}
    answer = await admin.patch(place, json={**change, "imageUrl": "/s.jpg", "active": True})
    changed = answer.json()
    assert answer.status_code == 200
    assert {name: changed["variants"][0][name] for name in change} == change
    assert changed["price"] == 5
    assert list(details(await admin.patch(place, json={"stock": 3}))) == ["stock"]
    assert list(details(await admin.patch(place, json={"price": 7}))) == ["compareAtPrice"]
    # What GET shows may come back; the stock alone is refused.
    shown = {name: value for name, value in (await admin.get(place)).json().items() if name != "stock"}
    assert (await admin.patch(place, json=shown)).json()["variants"] == changed["variants"]


async def test_prices_and_skus_of_a_product_with_options_belong_to_its_variants(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(admin, **SHIRT)
    place = f"/api/products/{product['id']}"
    for field, value in (("price", 1), ("compareAtPrice", None), ("sku", "X"), ("weight", 1)):
        refused = details(await admin.patch(place, json={field: value}))
        assert list(refused) == [field]
        assert "/variants/" in refused[field]
    put = await admin.put(place, json={**product, "price": 1, "sku": "X", "name": "Blouse"})
    assert put.status_code == 200, put.text
    assert (put.json()["price"], put.json()["sku"], put.json()["name"]) == (18, None, "Blouse")
    patched = await admin.patch(place, json={"vendor": "Else", "taxClass": "reduced", "withdrawable": False})
    assert (patched.json()["vendor"], patched.json()["taxClass"]) == ("Else", "reduced")
    assert patched.json()["variants"] == product["variants"]


# Stock


async def test_the_stock_of_several_variants_is_changed_one_by_one(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place, (first, second, _) = f"/api/products/{product['id']}/stock", product["variants"]
    assert list(details(await admin.post(place, json={"change": 1}))) == ["variantId"]
    answer = await admin.post(place, json={"variantId": first["id"], "change": -1, "reason": "Torn"})
    assert [each["stock"] for each in answer.json()["variants"]] == [2, 4, 0]
    assert answer.json()["stock"] == 6
    answer = await admin.post(place, json={"variantId": second["id"], "set": 9, "expected": 4})
    assert [each["stock"] for each in answer.json()["variants"]] == [2, 9, 0]
    for unknown in ("nothing", product["id"]):
        answer = await admin.post(place, json={"variantId": unknown, "change": 1})
        assert refusal(answer) == (404, "NOT_FOUND")
    answer = await admin.post(place, json={"variantId": first["id"], "change": -3})
    assert refusal(answer) == (409, "STOCK_TOO_LOW")


# Finding


async def test_words_of_skus_and_option_values_are_found(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)

    async def found(words: str) -> list[str]:
        answer = await shop.client.get("/api/products/search", params={"q": words, "page": 1})
        return [item["name"] for item in answer.json()["items"]]

    for words in ("blu", "sh-s", "shirt red", "RED blue"):
        assert await found(words) == ["Shirt"], words
    await replaced(admin, product, ["Size"], {"options": {"Size": "One size"}, "sku": "OTHER-1"})
    assert await found("blu") == []
    assert await found("one other") == ["Shirt"]


async def test_a_product_is_sold_out_when_every_active_variant_is(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[
            {"options": {"Size": "S"}},
            {"options": {"Size": "M"}, "stock": 1},
            {"options": {"Size": "L"}, "stock": 5, "active": False},
        ],
    )

    async def in_stock() -> tuple[int, int]:
        pages = [
            (await shop.client.get(f"/api/products?page=1&inStock={wanted}")).json()
            for wanted in ("true", "false")
        ]
        assert [len(page["items"]) for page in pages] == [page["total"] for page in pages]
        return pages[0]["total"], pages[1]["total"]

    assert await in_stock() == (1, 0)
    ada = await shop.customer("ada")
    items = [{"itemId": product["variants"][1]["id"], "quantity": 1}]
    assert (await ada.post("/api/orders", json={"items": items})).status_code == 201
    assert await in_stock() == (0, 1)
    place = f"/api/products/{product['id']}/variants/{product['variants'][2]['id']}"
    assert (await admin.patch(place, json={"active": True})).status_code == 200
    assert await in_stock() == (1, 0)


# Choosing


async def test_a_product_id_is_refused_where_a_variant_is_needed(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, **SHIRT)
    lamp = await created(admin, stock=3)
    ada = await shop.customer("ada")
    item = {"itemId": product["id"], "quantity": 1}
    await ada.post("/api/cart/items", json={"itemId": lamp["id"], "quantity": 1})
    before = (await ada.get("/api/cart")).json()
    for path, body in (("/api/cart/items", item), ("/api/orders", {"items": [item]})):
        answer = await ada.post(path, json=body)
        assert refusal(answer) == (409, "VARIANT_REQUIRED")
        choices = answer.json()["error"]["details"]["choices"]
        assert [choice["itemId"] for choice in choices] == [
            variant["id"] for variant in product["variants"] if variant["active"]
        ]
        assert (choices[1]["options"], choices[1]["unitPrice"]) == ({"Size": "M", "Colour": "Blue"}, 18)
    assert (await ada.get("/api/cart")).json() == before
    added = await ada.post("/api/cart/items", json={"itemId": product["variants"][0]["id"], "quantity": 2})
    line = added.json()["items"][1]
    assert (line["productId"], line["sku"]) == (product["id"], "SH-S")
    assert line["options"] == {"Size": "S", "Colour": "Red"}
    order = (await ada.post("/api/cart/checkout")).json()["order"]
    bought = order["items"][1]
    await replaced(admin, product, ["Fit"], {"options": {"Fit": "Slim"}, "sku": "SH-S"})
    shown = (await ada.get(f"/api/orders/{order['id']}")).json()["items"][1]
    assert shown == bought, "an order keeps what it was of"
    assert (bought["itemId"], bought["options"]) == (line["itemId"], line["options"])


async def test_a_deleted_variant_in_the_cart_is_unavailable(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, stock=5)
    ada = await shop.customer("ada")
    await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    sized = await replaced(admin, product, ["Size"], {"options": {"Size": "S"}, "stock": 2})
    assert (await ada.get("/api/cart")).json()["items"][0]["available"] is False
    answer = await ada.post("/api/cart/checkout")
    assert refusal(answer) == (409, "VARIANT_REQUIRED")
    [choice] = answer.json()["error"]["details"]["choices"]
    assert (choice["itemId"], choice["available"]) == (sized["variants"][0]["id"], 2)
    assert (await ada.get("/api/cart")).json()["items"][0]["quantity"] == 1
