"""Helpers for carts: read one, list its quantities and totals, take a product off sale."""

import httpx

from tests.unit.shopping import Json


async def cart_of(client: httpx.AsyncClient) -> Json:
    shown = await client.get("/api/cart")
    assert shown.status_code == 200
    return dict(shown.json())


def quantities(cart: Json) -> dict[str, int]:
    return {item["itemId"]: item["quantity"] for item in cart["items"]}


def totals(cart: Json) -> tuple[float, float, float]:
    return cart["subtotal"], cart["discount"], cart["total"]


async def take_off_sale(admin: httpx.AsyncClient, product: Json, how: str) -> None:
    address = f"/api/products/{product['id']}"
    if how == "deleted":
        done = await admin.delete(address)
    elif how == "inactive":
        done = await admin.patch(address, json={"active": False})
    else:
        done = await admin.post(f"{address}/stock", json={"change": 1 - product["stock"]})
    assert done.status_code == 200
