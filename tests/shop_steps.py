"""All actions in a shop, for tests that run them in any order."""

import asyncio
from typing import Any

import httpx

from shop.domain.errors import Unavailable
from shop.testing import ShopHarness
from tests.books import Books
from tests.faults import FaultyStorage
from tests.instances import a_product
from tests.invariants import assert_invariants

CODES = ["SPRING", "summer-10", "FREE"]
"""The shop's promo codes."""


class Shop:
    """The steps that a test can run. Each asserts that its answers are allowed.

    While `troubled` is true, a fault is injected, and answers may be 503.
    """

    def __init__(self, shop: ShopHarness, storage: FaultyStorage) -> None:
        self.shop = shop
        self.storage = storage
        self.customers: list[httpx.AsyncClient] = []
        self.products: list[str] = []
        self.orders: list[tuple[httpx.AsyncClient, str]] = []
        self.secrets: list[str] = []
        self.answers: dict[tuple[str, str], bytes] = {}
        self.books: Books | None = None
        self.troubled = False

    async def open(self) -> None:
        self.admin = await self.shop.admin()
        for name in ("ada", "bob", "eve"):
            self.customers.append(await self.shop.customer(name))
        for number, price in enumerate((3.33, 12.5, 0.51)):
            self.products.append(await a_product(self.admin, 6, price, f"Product {number}"))
        for code, terms in zip(
            CODES,
            (
                {"type": "percent", "value": 15, "usageLimit": 2},
                {"type": "fixed", "value": 10, "perCustomerLimit": 1},
                {"type": "percent", "value": 100, "usageLimit": 3, "perCustomerLimit": 2},
            ),
            strict=True,
        ):
            created = await self.admin.post("/api/promo-codes", json={"code": code, **terms})
            assert created.status_code == 201

    async def send(
        self, client: httpx.AsyncClient, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        """Send a request, and remember the orders and secrets that come back."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 500 or (answer.status_code == 503 and self.troubled), answer.text
        if key and answer.status_code < 300:
            known = self.answers.setdefault((client.headers["Authorization"], key), answer.content)
            assert known == answer.content, "7: one key, two answers"
        if answer.status_code < 300 and isinstance(order := answer.json().get("order"), dict):
            if (client, order["id"]) not in self.orders and client is not self.admin:
                self.orders.append((client, order["id"]))
            if secret := order["payment"].get("clientSecret"):
                self.secrets.append(secret)
        return answer

    async def add_to_cart(self, customer: int, product: int, quantity: int) -> None:
        body = {"itemId": self.products[product], "quantity": quantity}
        await self.send(self.customers[customer], "POST", "/api/cart/items", body)

    async def check_out(self, customer: int, code: str | None, key: str | None) -> None:
        body = {"promoCode": code} if code else {}
        await self.send(self.customers[customer], "POST", "/api/cart/checkout", body, key)

    async def buy_now(
        self, customer: int, product: int, quantity: int, code: str | None, key: str | None
    ) -> None:
        body = {"items": [{"itemId": self.products[product], "quantity": quantity}]}
        if code:
            body["promoCode"] = code  # type: ignore[assignment]
        await self.send(self.customers[customer], "POST", "/api/orders", body, key)

    async def open_payment(self, order: int, key: str | None) -> None:
        client, order_id = self._order(order)
        await self.send(client, "POST", f"/api/orders/{order_id}/payment", key=key)

    async def pay(self, order: int, outcome: str) -> None:
        secret = self.secrets[-1 - order % len(self.secrets)]
        path = f"/api/sandbox/payments/{secret}/confirm"
        await self.send(self.shop.client, "POST", path, {"outcome": outcome})

    async def cancel(self, order: int, key: str | None, by_admin: bool) -> None:
        client, order_id = self._order(order)
        await self.send(self.admin if by_admin else client, "POST", f"/api/orders/{order_id}/cancel", key=key)

    async def refund(self, order: int, amount: float | None, restock: bool, key: str | None) -> None:
        client, order_id = self._order(order)
        body: dict[str, Any] = {"restock": restock}
        if amount is not None:
            body["amount"] = amount
            [line, *_] = (await client.get(f"/api/orders/{order_id}")).json()["items"]
            body["items"] = [{"itemId": line["itemId"], "quantity": 1}]
        await self.send(self.admin, "POST", f"/api/admin/orders/{order_id}/refunds", body, key)

    async def adjust_stock(self, product: int, change: int) -> None:
        path = f"/api/products/{self.products[product]}/stock"
        await self.send(self.admin, "POST", path, {"change": change})

    async def edit_product(self, product: int, price: float, active: bool) -> None:
        body = {"price": price, "active": active}
        await self.send(self.admin, "PATCH", f"/api/products/{self.products[product]}", body)

    async def edit_promo_code(self, code: str, limit: int, active: bool) -> None:
        body = {"usageLimit": limit, "active": active}
        await self.send(self.admin, "PATCH", f"/api/promo-codes/{code}", body)

    async def work(self) -> None:
        try:
            await self.shop.work()
        except Unavailable:
            assert self.troubled

    async def work_twice_concurrently(self) -> None:
        await asyncio.gather(self.work(), self.work())

    async def finish_all_work(self) -> None:
        """Make the provider reachable, let the worker finish everything, and check the invariants."""
        self.shop.payments.reachable = True
        self.troubled = False
        for minutes in (1, 2, 31, 2, 2):
            self.shop.clock.advance(minutes=minutes)
            await self.work()
        await self.check(settled_at=self.shop.clock.now())

    async def check(self, **options: Any) -> None:
        ledger = self.storage.sandbox_ledger
        self.books = await assert_invariants(self.storage, ledger, before=self.books, **options)

    def _order(self, number: int) -> tuple[httpx.AsyncClient, str]:
        return self.orders[-1 - number % len(self.orders)]
