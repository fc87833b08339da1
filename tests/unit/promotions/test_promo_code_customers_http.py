"""A code's limit per customer counts a guest and the account that verified the guest's address as one customer."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.shopping import Json, a_guest, new_product, refused

pytestmark = pytest.mark.anyio

ADDRESS = "ada@example.org"


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness() as shop:
        yield shop


@pytest.fixture
async def product(shop: ShopHarness) -> Json:
    admin = await shop.admin()
    code = {"code": "ONCE", "type": "percent", "value": 10, "perCustomerLimit": 1}
    (await admin.post("/api/promo-codes", json=code)).raise_for_status()
    return await new_product(admin)


async def set_address(customer: httpx.AsyncClient, email: str) -> None:
    (await customer.put("/api/users/me", json={"profile": {"email": email}})).raise_for_status()


async def verify_address(shop: ShopHarness, customer: httpx.AsyncClient, email: str = ADDRESS) -> None:
    await set_address(customer, email)
    (await customer.post("/api/users/me/verify-email")).raise_for_status()
    await shop.work()
    (token,) = re.findall(r"verify\S*#token=(\S+)", "\n".join(mail.text.plain for mail in shop.mail.sent))
    (await shop.client.post("/api/auth/verify-email", json={"token": token})).raise_for_status()


async def use(buyer: httpx.AsyncClient, product: Json, email: str | None = None) -> httpx.Response:
    body = {
        "items": [{"itemId": product["id"], "quantity": 1}],
        "promoCode": "ONCE",
        "contact": {"email": email},
    }
    return await buyer.post("/api/orders", json=body)


def refused_for_customer(answer: httpx.Response) -> bool:
    reason = refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")["reason"]
    return bool(reason == "customer_limit")


async def test_a_use_by_the_guest_counts_for_the_account(shop: ShopHarness, product: Json) -> None:
    ada = await shop.customer("ada")
    await verify_address(shop, ada)
    assert (await use(await a_guest(shop), product, "ADA@example.org")).status_code == 201
    assert refused_for_customer(await ada.get("/api/promo-codes/once"))
    await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert refused_for_customer(await ada.put("/api/cart/promo-code", json={"promoCode": "ONCE"}))
    assert refused_for_customer(await use(ada, product))


async def test_a_use_by_the_account_counts_for_the_guest(shop: ShopHarness, product: Json) -> None:
    ada = await shop.customer("ada")
    assert (await use(ada, product)).status_code == 201
    await verify_address(shop, ada)
    assert refused_for_customer(await use(await a_guest(shop), product, "Ada@Example.org"))
    assert (await use(await a_guest(shop), product, "bob@example.org")).status_code == 201


async def test_a_cart_shows_that_a_guest_has_used_its_code(shop: ShopHarness, product: Json) -> None:
    ada = await shop.customer("ada")
    await verify_address(shop, ada)
    await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    (await ada.put("/api/cart/promo-code", json={"promoCode": "ONCE"})).raise_for_status()
    assert (await use(await a_guest(shop), product, ADDRESS)).status_code == 201
    cart = (await ada.get("/api/cart")).json()
    assert (cart["promoCodeProblem"]["code"], cart["discount"]) == ("PROMO_CODE_NOT_APPLICABLE", 0)
    assert refused_for_customer(await ada.post("/api/cart/checkout", json={}))


async def test_merging_a_cart_does_not_add_a_promo_code_use(shop: ShopHarness, product: Json) -> None:
    ada, guest = await shop.customer("ada"), await a_guest(shop)
    await verify_address(shop, ada)
    assert (await use(guest, product, ADDRESS)).status_code == 201
    await guest.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    (await guest.put("/api/cart/promo-code", json={"promoCode": "ONCE"})).raise_for_status()
    login = {"username": "ada", "password": PASSWORD, "cartToken": guest.headers["cart-token"]}
    assert (await shop.client.post("/api/auth/login", json=login)).json()["cart"]["merged"]
    assert refused_for_customer(await ada.post("/api/cart/checkout", json={}))


async def test_a_claimed_use_counts_for_account_and_address(shop: ShopHarness, product: Json) -> None:
    ada = await shop.customer("ada")
    token = (await use(await a_guest(shop), product, "former@example.org")).json()["orderToken"]
    (await ada.post("/api/orders/claim", json={"orderToken": token})).raise_for_status()
    await verify_address(shop, ada)
    assert refused_for_customer(await use(ada, product))
    assert refused_for_customer(await use(await a_guest(shop), product, "former@example.org"))
    assert refused_for_customer(await use(await a_guest(shop), product, ADDRESS))


async def test_unverified_and_former_addresses_do_not_count(shop: ShopHarness, product: Json) -> None:
    ada = await shop.customer("ada")
    await verify_address(shop, ada, "former@example.org")
    await set_address(ada, ADDRESS)
    for email in ("former@example.org", ADDRESS):
        assert (await use(await a_guest(shop), product, email)).status_code == 201
    assert (await use(ada, product)).status_code == 201
