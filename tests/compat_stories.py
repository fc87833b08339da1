"""One story per dialect, told by the dialect's own calls: tests run it in memory and on a database."""

from typing import Any

import httpx

from shop.testing import PASSWORD, ShopHarness

Json = dict[str, Any]


def said(answer: httpx.Response, status: int) -> Any:
    """Return the JSON of the answer. Assert that it has this status."""
    assert answer.status_code == status, answer.text
    return answer.json()


async def express_story(shop: ShopHarness) -> None:
    client, owner, base = shop.client, await shop.admin("express-owner"), "/compat/express/api"
    person = {"name": "Ada Lovelace", "email": "ada@express.example", "password": PASSWORD}
    registered = said(await client.post(f"{base}/registration", json=person), 201)
    assert registered["data"] == {"name": "Ada Lovelace", "email": "ada@express.example", "role": "user"}
    assert said(await client.post(f"{base}/registration", json=person), 409).keys() == {"message"}
    login = {"email": "ada@express.example", "password": PASSWORD}
    token = said(await client.post(f"{base}/login", json=login), 200)["token"]
    assert token.startswith("Bearer ")
    ada = {"Authorization": token}
    details = said(await client.get(f"{base}/profile", headers=ada), 200)["details"]
    assert details.pop("id")
    assert details == {"name": "Ada Lovelace", "email": "ada@express.example", "role": "user"}

    mug = {"name": "Mug", "description": "Blue", "price": 12.5, "currency": "USD", "stock": 3}
    assert said(await client.post(f"{base}/products", json=mug, headers=ada), 403).keys() == {"message"}
    made = said(await owner.post(f"{base}/products", json=mug), 201)["data"]
    assert {**mug, "id": made["id"]} == made
    assert made in said(await client.get(f"{base}/products"), 200)["data"]
    assert said(await client.get(f"{base}/products?page=2"), 200)["data"] == []

    wanted = {"items": [{"productId": made["id"], "quantity": 2}]}
    key = {"Idempotency-Key": "once", **ada}
    ordered = await client.post(f"{base}/orders/create", json=wanted, headers=key)
    again = await client.post(f"{base}/orders/create", json=wanted, headers=key)
    assert again.content == ordered.content
    assert again.headers["Idempotent-Replayed"] == "true"
    order = said(ordered, 201)
    paid = await client.post(
        f"/api/sandbox/payments/{order['clientSecret']}/confirm", json={"outcome": "succeeded"}
    )
    assert paid.status_code == 200
    here = said(await client.get(f"/api/orders/{order['orderId']}", headers=ada), 200)
    assert (here["status"], here["total"]) == ("paid", 25)
    too_many = {"items": [{"productId": made["id"], "quantity": 2}]}
    assert said(await client.post(f"{base}/orders/create", json=too_many, headers=ada), 409)["message"]


async def flask_story(shop: ShopHarness) -> None:
    client, owner, base = shop.client, await shop.admin("flask-owner"), "/compat/flask"
    assert said(await client.get(f"{base}/"), 200)["message"]
    person = {"username": "flask-ada", "password": PASSWORD}
    said(await client.post(f"{base}/register", json=person), 201)
    assert said(await client.post(f"{base}/register", json=person), 409).keys() == {"error"}
    token = said(await client.post(f"{base}/auth", json=person), 200)["access_token"]
    ada = {"Authorization": f"JWT {token}"}

    mug = {"name": "Mug", "description": "Blue", "price": 12.5, "stock": 3}
    said(await client.post(f"{base}/products", json=mug, headers=ada), 403)
    made = said(await owner.post(f"{base}/products", json=mug), 201)
    assert made == {**mug, "id": made["id"], "currency": "USD"}
    assert made in said(await client.get(f"{base}/products"), 200)
    address = f"{base}/products/{made['id']}"
    assert said(await client.get(address), 200) == made
    revised = said(await owner.put(address, json={**made, "price": 13}), 200)
    assert revised == {**made, "price": 13}
    said(await owner.delete(address), 200)
    assert said(await client.get(address), 404).keys() == {"error"}

    assert said(await client.get(f"{base}/users", headers=ada), 403).keys() == {"error"}
    assert "flask-ada" in {user["username"] for user in said(await owner.get(f"{base}/users"), 200)}
    shown = said(await owner.get(f"{base}/users/flask-ada"), 200)
    assert (shown["username"], shown["role"]) == ("flask-ada", "customer")
    said(await owner.delete(f"{base}/users/flask-ada"), 200)
    said(await owner.get(f"{base}/users/flask-ada"), 404)
    said(await client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}), 401)


async def microservices_story(shop: ShopHarness) -> None:
    client, owner, base = shop.client, await shop.admin("micro-owner"), "/compat/microservices"
    person = {"username": "micro-ada", "email": "ada@micro.example", "password": PASSWORD}
    said(await client.post(f"{base}/register", json=person), 201)
    login = {"username": "micro-ada", "password": PASSWORD}
    token = said(await client.post(f"{base}/login", json=login), 200)["token"]
    ada = {"Authorization": f"Bearer {token}"}
    profile = said(await client.get(f"{base}/profile", headers=ada), 200)
    assert (profile["username"], profile["email"]) == ("micro-ada", "ada@micro.example")

    mug = {"name": "Mug", "description": "Blue", "price": 12.5, "stock": 9}
    made = said(await owner.post(f"{base}/products/create_product", json=mug), 201)
    assert made == {**mug, "productId": made["productId"], "version": 1}
    assert made in said(await client.get(f"{base}/products/"), 200)
    address = f"{base}/products/{made['productId']}"
    revised = said(await owner.put(address, json={**made, "name": "Cup"}), 200)
    assert (revised["name"], revised["version"]) == ("Cup", 2)
    assert said(await owner.put(address, json={**made, "name": "Pot"}), 409).keys() == {"message"}
    assert said(await client.get(address), 200) == revised

    bob = await shop.customer("micro-bob")
    wanted = {"productList": [{"productId": made["productId"], "quantity": 2}]}
    order = said(await client.post(f"{base}/orders/create_order", json=wanted, headers=ada), 201)
    assert order["userId"] == profile["userId"]
    assert (order["totalAmount"], order["status"]) == (25, "pending")
    assert order["productList"] == wanted["productList"]
    one = f"{base}/orders/{order['orderId']}"
    assert said(await client.get(f"{base}/orders", headers=ada), 200) == [order]
    assert said(await owner.get(one), 200) == order
    said(await bob.get(one), 404)
    said(await bob.put(one, json={"status": "cancelled"}), 404)
    said(await client.put(one, json={"status": "shipped"}, headers=ada), 403)
    cancelled = said(await client.put(one, json={"status": "cancelled"}, headers=ada), 200)
    assert cancelled["status"] == "cancelled"

    second = said(await client.post(f"{base}/orders/create_order", json=wanted, headers=ada), 201)
    full = said(await client.get(f"/api/orders/{second['orderId']}", headers=ada), 200)
    assert (await shop.pay(full)).status_code == 200
    two = f"{base}/orders/{second['orderId']}"
    for status in ("shipped", "delivered"):
        assert said(await owner.put(two, json={"status": status}), 200)["status"] == status
    assert said(await client.delete(two, headers=ada), 409).keys() == {"message"}
    said(await owner.delete(address), 200)
    assert said(await client.get(two, headers=ada), 200)["productList"] == wanted["productList"]


STORIES = {"express": express_story, "flask": flask_story, "microservices": microservices_story}
