"""The contract's section on the cart."""

import httpx
import pytest

from tests.unit.carts.showing import cart_of, quantities, take_off_sale
from tests.unit.shopping import (
    Number,
    exact,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"


async def test_the_first_get_creates_an_empty_cart(ada: httpx.AsyncClient) -> None:
    shown = await ada.get("/api/cart")
    assert shown.status_code == 200
    cart = exact(shown)
    assert isinstance(cart.pop("id"), str)
    assert cart == {
        "status": "active",
        "items": [],
        "promoCode": None,
        "promoCodeProblem": None,
        "shippingRequired": False,
        "shipping": None,
        "subtotal": Number("0.00"),
        "discount": Number("0.00"),
        "tax": Number("0.00"),
        "taxes": [],
        "pricesIncludeTax": False,
        "total": Number("0.00"),
        "currency": "USD",
        "version": 1,
    }


async def test_a_user_keeps_the_same_cart(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    added = await put_into_cart(ada, product)
    assert (await cart_of(ada))["id"] == added["id"]
    assert (await ada.delete("/api/cart")).json()["id"] == added["id"]
    assert (await cart_of(bob))["id"] != added["id"]


async def test_carts_are_private(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product = await new_product(admin)
    await put_into_cart(ada, product)
    address = f"/api/cart/items/{product['id']}"
    refused(await bob.patch(address, json={"quantity": 2}), 404, "NOT_FOUND")
    refused(await admin.delete(address), 404, "NOT_FOUND")
    assert quantities(await cart_of(ada)) == {product["id"]: 1}
    assert quantities(await cart_of(bob)) == {}


async def test_a_line_has_all_its_fields(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=12.5, name="Blue mug")
    added = await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 2})
    assert added.status_code == 200
    cart = exact(added)
    assert cart.keys() == {
        "id", "status", "items", "promoCode", "promoCodeProblem", "shippingRequired", "shipping", "subtotal",
        "discount", "tax", "taxes", "pricesIncludeTax", "total", "currency", "version",
    }  # fmt: skip
    assert cart["items"] == [
        {
            "itemId": product["id"],
            "productId": product["id"],
            "sku": None,
            "name": "Blue mug",
            "options": {},
            "imageUrl": None,
            "unitPrice": Number("12.50"),
            "quantity": 2,
            "lineTotal": Number("25.00"),
            "available": True,
            "taxRate": None,
            "tax": Number("0.00"),
        }
    ]
    assert (cart["subtotal"], cart["discount"], cart["total"]) == (
        Number("25.00"),
        Number("0.00"),
        Number("25.00"),
    )
    assert added.text == (await ada.get("/api/cart")).text


async def test_adding_an_item_again_adds_quantities(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    first, second = await new_product(admin), await new_product(admin)
    for product, quantity in ((first, 1), (second, 3), (first, 4)):
        cart = await put_into_cart(ada, product, quantity)
    assert list(quantities(cart).items()) == [(first["id"], 5), (second["id"], 3)]


async def test_every_change_makes_the_next_version(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product, code = await new_product(admin), await new_promo_code(admin)
    item = f"/api/cart/items/{product['id']}"
    version = (await cart_of(ada))["version"]
    for method, path, body in [
        ("POST", "/api/cart/items", {"itemId": product["id"], "quantity": 1}),
        ("PATCH", item, {"quantity": 3}),
        ("PUT", "/api/cart/promo-code", {"promoCode": code}),
        ("DELETE", "/api/cart/promo-code", None),
        ("DELETE", item, None),
        ("DELETE", "/api/cart", None),
    ]:
        changed = await ada.request(method, path, json=body)
        assert changed.status_code == 200
        assert changed.json()["version"] > version
        assert changed.json() == await cart_of(ada)
        version = changed.json()["version"]


@pytest.mark.parametrize("quantity", [0, -1, 1000, 10**12, 10**30])
async def test_a_quantity_is_from_1_to_999(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, quantity: int
) -> None:
    product = await new_product(admin, stock=5000)
    body = {"itemId": product["id"], "quantity": quantity}
    assert "quantity" in refused(await ada.post("/api/cart/items", json=body), 400, "VALIDATION_FAILED")
    cart = await put_into_cart(ada, product, 999)
    changed = await ada.patch(f"/api/cart/items/{product['id']}", json={"quantity": quantity})
    assert "quantity" in refused(changed, 400, "VALIDATION_FAILED")
    assert await cart_of(ada) == cart


async def test_quantities_do_not_add_up_past_999(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, stock=5000)
    cart = await put_into_cart(ada, product, 999)
    more = await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert "quantity" in refused(more, 400, "VALIDATION_FAILED")
    assert await cart_of(ada) == cart


async def test_quantities_above_the_stock_are_refused_with_the_available_quantity(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=3, name="Mug")
    body = {"itemId": product["id"], "quantity": 2}
    missing = {"itemId": product["id"], "name": "Mug", "available": 3}
    added = await ada.post("/api/cart/items", json={**body, "quantity": 4})
    assert refused(added, 409, "OUT_OF_STOCK")["items"] == [{**missing, "requested": 4}]
    assert quantities(await cart_of(ada)) == {}

    cart = await put_into_cart(ada, product, 2)
    added = await ada.post("/api/cart/items", json=body)  # two are in the cart already
    assert refused(added, 409, "OUT_OF_STOCK")["items"] == [{**missing, "requested": 4}]
    changed = await ada.patch(f"/api/cart/items/{product['id']}", json={"quantity": 5})
    assert refused(changed, 409, "OUT_OF_STOCK")["items"] == [{**missing, "requested": 5}]
    assert await cart_of(ada) == cart


@pytest.mark.parametrize("item_id", [UNKNOWN_ID, "", "mug", "0" * 36, "é" * 300, "' OR 1=1--"])
async def test_an_unknown_item_can_not_be_added(ada: httpx.AsyncClient, item_id: str) -> None:
    refused(await ada.post("/api/cart/items", json={"itemId": item_id, "quantity": 1}), 404, "NOT_FOUND")
    assert quantities(await cart_of(ada)) == {}


@pytest.mark.parametrize("how", ["deleted", "inactive"])
async def test_items_not_for_sale_cannot_be_added(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, how: str
) -> None:
    product = await new_product(admin)
    await take_off_sale(admin, product, how)
    added = await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    refused(added, 404, "NOT_FOUND")


async def test_patch_sets_the_quantity(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin)
    cart = await put_into_cart(ada, product, 5)
    address = f"/api/cart/items/{product['id']}"
    assert quantities((await ada.patch(address, json={"quantity": 2})).json()) == {product["id"]: 2}
    whole_line = {**cart["items"][0], "quantity": 7}
    assert quantities((await ada.patch(address, json=whole_line)).json()) == {product["id"]: 7}


@pytest.mark.parametrize("item_id", [UNKNOWN_ID, "mug", "%20", "%C3%A9", "..%2F", "a" * 1000])
async def test_items_outside_the_cart_cannot_be_changed(ada: httpx.AsyncClient, item_id: str) -> None:
    refused(await ada.patch(f"/api/cart/items/{item_id}", json={"quantity": 1}), 404, "NOT_FOUND")
    refused(await ada.delete(f"/api/cart/items/{item_id}"), 404, "NOT_FOUND")


async def test_delete_removes_one_line_or_all(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    products = [await new_product(admin) for _ in range(3)]
    for product in products:
        await put_into_cart(ada, product)
    await ada.put("/api/cart/promo-code", json={"promoCode": await new_promo_code(admin)})
    removed = await ada.delete(f"/api/cart/items/{products[1]['id']}")
    assert list(quantities(removed.json())) == [products[0]["id"], products[2]["id"]]
    cleared = (await ada.delete("/api/cart")).json()
    assert (cleared["items"], cleared["promoCode"], cleared["total"]) == ([], None, 0)


async def test_a_cart_holds_a_hundred_items(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    for _ in range(100):
        cart = await put_into_cart(ada, await new_product(admin))
    one_more = {"itemId": (await new_product(admin))["id"], "quantity": 1}
    refused(await ada.post("/api/cart/items", json=one_more), 409, "CART_FULL")
    assert len(cart["items"]) == 100
    assert await cart_of(ada) == cart
