"""Every resource accepts its own representation: sent back by PUT or PATCH as read, it stays unchanged."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.documented_resources import created
from tests.unit.pictures import upload
from tests.unit.rule_writes import new_rules
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    new_category,
    new_product,
    new_promo_code,
    new_role,
    put_into_cart,
)
from tools.api_shape import document_of

pytestmark = pytest.mark.anyio

PATHS: Final = document_of()["paths"]
PARAMETER: Final = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class World:
    """Things of every kind, each with something in every field."""

    clients: dict[str, httpx.AsyncClient]
    path_values: dict[str, str]


async def a_world(shop: ShopHarness, admin: httpx.AsyncClient) -> World:
    username = a_name("customer")
    customer = await shop.customer(username)
    profile = {"displayName": "Ada Lovelace", "email": f"{username}@example.com"}
    assert (await customer.put("/api/users/me", json={"profile": profile})).status_code == 200
    product = await new_product(
        admin,
        sku=a_name("SKU"),
        category="kitchen",
        compareAtPrice=20,
        description="Blue.",
        imageUrl="https://a.example/b.jpg",
    )
    code = await new_promo_code(
        admin,
        startsAt="2026-01-01T00:00:00Z",
        endsAt="2027-01-01T00:00:00Z",
        minSubtotal=1,
        usageLimit=7,
        perCustomerLimit=2,
    )
    contact = {"name": "Ada", "email": "ada@example.com", "phone": "1"}
    download = await new_product(admin, requiresShipping=False)
    order = await buy(customer, download, promoCode=code, contact=contact, shippingAddress={"country": "GB"})
    await shop.pay(order)
    await put_into_cart(customer, product)
    address = {"label": "Home", "name": "Ada", "company": "Acme", "line1": "1 Main St", "line2": "Back door"}
    address |= {"city": "London", "region": "London", "postalCode": "N1", "country": "GB", "phone": "1"}
    saved = await customer.post("/api/users/me/addresses", json=address)
    rules = await new_rules(admin)
    method = f"/api/admin/shipping-methods/{rules['shipping_method_id']}"
    zone = (await admin.get(f"/api/admin/shipping-zones/{rules['shipping_zone_id']}")).json()
    zone_of_method = {"zoneId": zone["id"], "active": True}
    assert (await admin.patch(method, json=zone_of_method)).status_code == 200
    choice = {"methodId": rules["shipping_method_id"], "country": "DE", "postalCode": zone["postalCodes"][0]}
    chosen = await customer.put("/api/cart/shipping", json=choice)
    assert chosen.status_code == 200, chosen.text
    await customer.put("/api/cart/promo-code", json={"promoCode": code})
    return World(
        {"customer": customer, "admin": admin},
        {
            **rules,
            "product_id": product["id"],
            "item_id": product["id"],
            "variant_id": product["id"],
            "code": code,
            "username": username,
            "order_id": order["id"],
            "key_id": (await admin.post("/api/admin/api-keys", json={"name": "k", "permissions": []})).json()[
                "id"
            ],
            "address_id": saved.json()["id"],
            "role_id": (await new_role(admin, "orders:read"))["id"],
            "webhook_id": (
                await admin.post(
                    "/api/admin/webhooks",
                    json={"url": "https://example.com", "events": ["order.*"], "description": "Books"},
                )
            ).json()["id"],
            "media_id": (await upload(admin, alt="A mug")).json()["id"],
            "category_id": (await new_category(admin))["id"],
        },
    )


Read = Callable[[World], Awaitable[Any]]


def reading(who: str, path: str, pick: Callable[[World, Any], Any] = lambda _, body: body) -> Read:
    async def read(world: World) -> Any:
        shown = await world.clients[who].get(path.format(**world.path_values))
        assert shown.status_code == 200, shown.text
        return pick(world, shown.json())

    return read


def row(*keys: str) -> Callable[[World, Any], Any]:
    """Pick the row of a list that has a value of the path under one of these keys."""

    def pick(world: World, body: Any) -> Any:
        wanted = set(world.path_values.values())
        return next(item for item in body["items"] if any(item.get(key) in wanted for key in keys))

    return pick


# How to read resources whose reads and writes have different paths, or that are also shown elsewhere.
READ_ELSEWHERE: Final[dict[str, list[Read]]] = {
    "/api/users/me": [reading("customer", "/api/auth/me")],
    "/api/cart/items/{item_id}": [reading("customer", "/api/cart", row("itemId"))],
    "/api/cart/shipping": [reading("customer", "/api/cart", lambda _, cart: cart["shipping"])],
    "/api/cart/promo-code": [
        reading("customer", "/api/cart", lambda _, cart: {"promoCode": cart["promoCode"]})
    ],
    "/api/admin/orders/{order_id}": [reading("admin", "/api/orders/{order_id}")],
    "/api/products/{product_id}": [
        reading("admin", "/api/admin/products?page=1&limit=100", row("id")),
        reading("customer", "/api/products/search?q=mug&page=1&limit=100", row("id")),
    ],
    "/api/products/{product_id}/variants": [
        reading(
            "admin",
            "/api/products/{product_id}",
            lambda _, product: {name: product[name] for name in ("options", "variants")},
        )
    ],
}
# Fields that a resource shows but does not accept in its own PUT or PATCH.
NOT_TAKEN: Final = {
    ("PATCH", "/api/products/{product_id}"): {"stock"},
    ("PATCH", "/api/products/{product_id}/variants/{variant_id}"): {"stock"},
}
"""Stock is written only as a number of units moved, never as an absolute number."""


def writes() -> Iterator[tuple[str, str]]:
    for path, item in PATHS.items():
        yield from ((method.upper(), path) for method in item if method in ("put", "patch"))


def reads_of(path: str) -> list[Read]:
    """Return the reads of a resource: its own GET, the list that contains it, and READ_ELSEWHERE."""
    found = list(READ_ELSEWHERE.get(path, []))
    if "get" in PATHS[path]:
        writers = {writer_of(method.upper(), path) for method in PATHS[path] if method in ("put", "patch")}
        found.append(reading(writers.pop(), path))
    parent = PATHS.get(path.rpartition("/")[0], {})
    if path.endswith("}") and "page" in [
        each["name"] for each in parent.get("get", {}).get("parameters", [])
    ]:
        parent_path = path.rpartition("/")[0]
        found.append(reading("admin", f"{parent_path}?page=1&limit=100", row("id", "code", "username")))
    return found


def writer_of(method: str, path: str) -> str:
    return "admin" if "x-permission" in PATHS[path][method.lower()] else "customer"


@pytest.mark.parametrize(("method", "path"), sorted(writes()))
async def test_a_resource_sent_back_as_read_stays_unchanged(
    shop: ShopHarness, admin: httpx.AsyncClient, method: str, path: str
) -> None:
    reads = reads_of(path)
    assert reads, f"nothing here says where {path} is read"
    for read in reads:
        world = await a_world(shop, admin)
        for name in set(PARAMETER.findall(path)) - world.path_values.keys():
            world.path_values[name] = (await created(admin, path, name))["id"]
        before = await read(world)
        body = {
            name: value for name, value in before.items() if name not in NOT_TAKEN.get((method, path), ())
        }
        sent_back = await world.clients[writer_of(method, path)].request(
            method, path.format(**world.path_values), json=body
        )
        assert sent_back.status_code == 200, sent_back.text
        assert steady(await read(world)) == steady(before)


def steady(resource: Json) -> Json:
    """Return the resource without the fields that every write changes."""
    return {key: value for key, value in resource.items() if key not in {"version", "updatedAt"}}
