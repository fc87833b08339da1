"""Products to create, and what the API says of them."""

from typing import Any

import httpx

LAMP = {
    "name": "Öko-Lampe",
    "price": 25.99,
    "sku": "LA-1",
    "category": "Home",
    "compareAtPrice": 30,
    "stock": 7,
    "imageUrl": "https://images.example.com/lamp.jpg",
    "description": "Zwei\nZeilen",
}


async def created(admin: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await admin.post("/api/products", json={"name": "Lamp", "price": 1, **fields})
    assert answer.status_code == 201, answer.text
    product: dict[str, Any] = answer.json()
    return product


def path(product: dict[str, Any], more: str = "") -> str:
    return f"/api/products/{product['id']}{more}"


def changed_product(product: dict[str, Any], of_both: dict[str, Any], **of_product: Any) -> dict[str, Any]:
    """Return a product without options after a change.

    `of_both` are fields that the product shares with its variant; `of_product` are its other fields.
    """
    [variant] = product["variants"]
    return {**product, **of_both, **of_product, "variants": [{**variant, **of_both}]}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
