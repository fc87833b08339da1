"""A shirt with options, and what the API says of its changes."""

from typing import Any

import httpx

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
