"""Steps that tests of the whole shop share: products, promo codes, orders, refusals."""

import json
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import httpx

from shop.testing import ShopHarness
from tests.unit.framework.toy import error_of

_numbers = count(1)

Json = dict[str, Any]


def a_name(beginning: str) -> str:
    """Return an unused name: the tests of a module share one shop."""
    return f"{beginning}-{next(_numbers)}"


async def new_customer(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.customer(a_name("customer"))


async def a_guest(shop: ShopHarness) -> httpx.AsyncClient:
    """A client that speaks for a guest with a new cart."""
    made = await shop.client.post("/api/carts")
    assert made.status_code == 201, made.text
    return await shop.open_client({"Cart-Token": made.json()["cartToken"]})


async def new_product(admin: httpx.AsyncClient, price: float = 12.5, stock: int = 10, **fields: Any) -> Json:
    """A product on sale; its answer's `id` is what carts call `itemId`."""
    made = await admin.post("/api/products", json={"name": "Mug", "price": price, "stock": stock, **fields})
    assert made.status_code == 201, made.text
    return dict(made.json())


async def stock_of(admin: httpx.AsyncClient, product: Json) -> int:
    return int((await admin.get(f"/api/products/{product['id']}")).json()["stock"])


async def new_category(admin: httpx.AsyncClient) -> Json:
    """A root category, as the API shows it."""
    answer = await admin.post("/api/categories", json={"name": a_name("Category")})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def new_message(shop: ShopHarness, admin: httpx.AsyncClient) -> str:
    """The id of a queued message, to a customer who verifies an email address."""
    customer = await new_customer(shop)
    profile = {"email": f"{a_name('customer')}@example.com"}
    (await customer.put("/api/users/me", json={"profile": profile})).raise_for_status()
    (await customer.post("/api/users/me/verify-email")).raise_for_status()
    messages = (await admin.get("/api/admin/messages?page=1&limit=1")).json()["items"]
    return str(messages[0]["id"])


async def new_role(admin: httpx.AsyncClient, *permissions: str) -> Json:
    """A role of staff with these permissions, as the API shows it."""
    body = {"name": a_name("role"), "permissions": list(permissions)}
    answer = await admin.post("/api/admin/roles", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def new_staff(shop: ShopHarness, admin: httpx.AsyncClient, *permissions: str) -> httpx.AsyncClient:
    """Return a client of a staff member with exactly these permissions."""
    role, username = await new_role(admin, *permissions), a_name("staff")
    client = await shop.customer(username)
    answer = await admin.patch(f"/api/users/{username}", json={"role": role["name"]})
    assert answer.status_code == 200, answer.text
    return client


async def new_api_key(shop: ShopHarness, admin: httpx.AsyncClient, *permissions: str) -> httpx.AsyncClient:
    """Return a client that acts with a new API key of the admin; the key has these permissions."""
    body = {"name": a_name("key"), "permissions": list(permissions)}
    answer = await admin.post("/api/admin/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    return await shop.open_client({"Authorization": f"Bearer {answer.json()['secret']}"})


async def new_promo_code(
    admin: httpx.AsyncClient, value: float = 10, kind: str = "percent", **terms: Any
) -> str:
    """Create a promo code; return its name."""
    code = terms.pop("code", None) or a_name("CODE")
    made = await admin.post("/api/promo-codes", json={"code": code, "type": kind, "value": value, **terms})
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


async def times_used(admin: httpx.AsyncClient, code: str) -> int:
    """Return how often the code was used. An empty PATCH tells it; GET refuses a code that cannot be used."""
    return int((await admin.patch(f"/api/promo-codes/{code}", json={})).json()["timesUsed"])


async def put_into_cart(client: httpx.AsyncClient, product: Json, quantity: int = 1) -> Json:
    """Add the product to the cart; return the cart."""
    added = await client.post("/api/cart/items", json={"itemId": product["id"], "quantity": quantity})
    assert added.status_code == 200, added.text
    return dict(added.json())


async def check_out(client: httpx.AsyncClient, **terms: Any) -> Json:
    """Check out the cart; return the order."""
    made = await client.post("/api/cart/checkout", json=terms)
    assert made.status_code == 201, made.text
    return dict(made.json()["order"])


async def buy(client: httpx.AsyncClient, product: Json, quantity: int = 1, **terms: Any) -> Json:
    """Buy the product without the cart; return the order."""
    items = [{"itemId": product["id"], "quantity": quantity}]
    made = await client.post("/api/orders", json={"items": items, **terms})
    assert made.status_code == 201, made.text
    return dict(made.json()["order"])


async def order_of(client: httpx.AsyncClient, order: Json) -> Json:
    """Return the current order."""
    shown = await client.get(f"/api/orders/{order['id']}")
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


async def cancel(client: httpx.AsyncClient, order: Json) -> Json:
    cancelled = await client.post(f"/api/orders/{order['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json().keys() == {"order"}
    return dict(cancelled.json()["order"])


async def ship(shop: ShopHarness, order: Json) -> None:
    """Mark a paid order as shipped by its domain action, without the route of the admins."""
    async with shop.container.storage.unit_of_work() as work:
        current = await work.orders.lock(order["id"])
        assert current is not None
        await work.orders.save(current.ship(shop.clock.now()))


def history_of(order: Json) -> list[str]:
    return [change["status"] for change in order["statusHistory"]]


@dataclass(frozen=True)
class Number:
    """A JSON number with a point, as it was written: `12.50` is not `12.5`, and neither is a string."""

    digits: str


def exact(response: httpx.Response) -> Any:
    """Return the body, with every number that has a decimal point as a `Number`."""
    return json.loads(response.text, parse_float=Number)


def cents(amount: float) -> int:
    return int(Decimal(str(amount)).scaleb(2))


def refused(response: httpx.Response, status: int, code: str) -> Json:
    """Check the status, code and shape of a refusal; return its details."""
    assert response.status_code == status, response.text
    error = error_of(response)
    assert error["code"] == code
    assert error["message"]
    return dict(error.get("details", {}))
