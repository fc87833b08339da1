"""A shop whose payment provider is the fake Stripe, and the steps that many tests repeat there."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.sql.storage import SqlStorage
from shop.settings import Payments
from shop.testing import ManualClock, ShopHarness, shop_harness
from tests.books import Books
from tests.instances import a_product, an_order
from tests.invariants import assert_invariants
from tests.stripe_server import Delivery, StripeServer, stripe_server

WEBHOOKS = "/api/webhooks/stripe"
STOCK = 100
"""Units of the product before any order."""


class StripeShop:
    """A shop with one product at 12.50. `ada` is the buyer, `admin` the owner; `stripe` has the payments."""

    def __init__(self, shop: ShopHarness, stripe: StripeServer, storage: MemoryStorage | SqlStorage) -> None:
        self.shop = shop
        self.stripe = stripe
        self.storage = storage
        self.ada: httpx.AsyncClient
        self.admin: httpx.AsyncClient
        self.product_id: str

    async def set_up(self) -> None:
        """Create the admin, the customer and the product."""
        self.admin = await self.shop.admin()
        self.ada = await self.shop.customer("ada")
        self.product_id = await a_product(self.admin, STOCK)

    async def order(self, quantity: int = 2) -> Mapping[str, Any]:
        """Place an order of `quantity` units. Return it as the answer shows it."""
        return await an_order(self.ada, self.product_id, quantity)

    async def paid_order(self, quantity: int = 2) -> Mapping[str, Any]:
        """Place an order, pay it, and deliver its webhooks. Return it as its buyer sees it."""
        order = await self.order(quantity)
        self.stripe.pay(self.intent_id(order))
        await self.deliver_everything_of(order)
        return await self.shown(order)

    def intents_of(self, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return Stripe's intents of the order, oldest first."""
        return [
            intent
            for intent in self.stripe.intents.values()
            if intent["metadata"].get("shop_order_id") == order["id"]
        ]

    def intent_id(self, order: Mapping[str, Any]) -> str:
        """Return the id of the order's newest intent."""
        return str(self.intents_of(order)[-1]["id"])

    def refunds_of(self, order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return Stripe's refunds of the order's intents."""
        intents = {intent["id"] for intent in self.intents_of(order)}
        return [each for each in self.stripe.refunds.values() if each["payment_intent"] in intents]

    def events_of(self, order: Mapping[str, Any], *types: str) -> list[Delivery]:
        """Return the events of the order, intent by intent: of these types or of any, delivered or not."""
        return [
            delivery
            for intent in self.intents_of(order)
            for delivery in self.stripe.deliveries(*types, of=intent["id"])
        ]

    async def post(self, payload: bytes, signature: str | None) -> httpx.Response:
        """Post a webhook to the shop."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if signature is not None:
            headers["Stripe-Signature"] = signature
        return await self.shop.client.post(WEBHOOKS, content=payload, headers=headers)

    async def deliver(self, *deliveries: Delivery) -> list[int]:
        """Post the deliveries one after the other. Return the statuses of the answers."""
        return [(await self.post(each.payload, each.signature)).status_code for each in deliveries]

    async def deliver_concurrently(self, deliveries: Iterable[Delivery]) -> list[int]:
        answers = await asyncio.gather(*(self.post(each.payload, each.signature) for each in deliveries))
        return [answer.status_code for answer in answers]

    async def deliver_everything_of(self, order: Mapping[str, Any]) -> None:
        """Post every event of the order, in order. Assert that each gets 200."""
        statuses = await self.deliver(*self.events_of(order))
        assert set(statuses) <= {200}, statuses

    async def shown(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the order as its buyer sees it now."""
        answer = await self.ada.get(f"/api/orders/{order['id']}")
        assert answer.status_code == 200, answer.text
        shown: Mapping[str, Any] = answer.json()
        return shown

    async def status_of(self, order: Mapping[str, Any]) -> str:
        return str((await self.shown(order))["status"])

    async def reopen(self, order: Mapping[str, Any]) -> httpx.Response:
        """Ask the shop for a payment to confirm, as the buyer."""
        return await self.ada.post(f"/api/orders/{order['id']}/payment")

    async def cancel(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Cancel the order as its buyer. Return the order in the answer."""
        answer = await self.ada.post(f"/api/orders/{order['id']}/cancel")
        assert answer.status_code == 200, answer.text
        cancelled: Mapping[str, Any] = answer.json()["order"]
        return cancelled

    async def refund(
        self, order: Mapping[str, Any], key: str | None = None, **request: Any
    ) -> httpx.Response:
        """Refund `amount`, or all that is left, as the admin."""
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/api/admin/orders/{order['id']}/refunds"
        return await self.admin.post(path, json=request, headers=headers)

    async def pass_time(self, **passed: float) -> None:
        """Advance the clock, and log both users in again, because their logins may have expired."""
        self.shop.clock.advance(**passed)
        self.admin = await self.shop.log_in("owner")
        self.ada = await self.shop.log_in("ada")

    async def work(self, **passed: float) -> None:
        """Advance the clock, then run the worker once."""
        await self.pass_time(**passed)
        await self.shop.work()

    async def stock(self) -> int:
        """Return the units that can be bought."""
        return int((await self.admin.get(f"/api/products/{self.product_id}")).json()["stock"])

    async def check(self, **options: Any) -> Books:
        """Check the invariants against Stripe's ledger, while nothing runs and after every event was applied."""
        return await assert_invariants(self.storage, self.stripe, quiet=True, **options)

    async def check_settled(self) -> Books:
        """Check also that the worker has nothing left to do."""
        return await self.check(settled_at=self.shop.clock.now())


@asynccontextmanager
async def stripe_shop(
    storage: MemoryStorage | SqlStorage | None = None, **settings: Any
) -> AsyncIterator[StripeShop]:
    """Open a new shop with its own Stripe account, both on one clock."""
    clock, storage = ManualClock(), storage or MemoryStorage()
    with stripe_server(clock=clock) as stripe:
        chosen = {
            "payments": Payments.STRIPE,
            "stripe_api_base": stripe.url,
            "stripe_secret_key": stripe.secret_key,
            "stripe_webhook_secrets": (stripe.webhook_secret,),
            **settings,
        }
        async with shop_harness(storage, clock, **chosen) as harness:
            opened = StripeShop(harness, stripe, storage)
            await opened.set_up()
            yield opened
