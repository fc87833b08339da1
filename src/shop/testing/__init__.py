"""A whole shop in memory for tests, with a controllable clock and payment provider.

    async with shop_harness() as shop:
        admin = await shop.admin()
        product = (await admin.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 3})).json()
        ada = await shop.customer("ada")
        await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 2})
        order = (await ada.post("/api/cart/checkout")).json()["order"]
        await shop.pay(order)
        assert (await ada.get(f"/api/orders/{order['id']}")).json()["status"] == "paid"

Clients are `httpx.AsyncClient`s that call the shop without a network. `shop.clock.advance(minutes=31)` lets
time pass, `await shop.work()` does the worker's due work on orders, events, webhooks and mail,
`shop.payments.decline_next()` declines the next card, and `shop.payments.reachable = False` makes the payment
provider unreachable. `shop.mail.sent` has the mails that were sent. Nothing is stored, and nothing leaves the
process unless you serve the shop to other programs with `async with shop.serve() as url:`. For tests in other
languages there is `python -m shop.testing`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from litestar import Litestar

from shop.adapters.mail.memory import MemoryMailer
from shop.adapters.media.object_store import memory_media
from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.security.passwords import Argon2Passwords
from shop.adapters.security.secrets import RandomIds
from shop.adapters.webhooks.memory import MemoryWebhookSender
from shop.application.ports.storage import Storage
from shop.application.ports.system import Ids
from shop.container.root import assemble
from shop.container.shop import Shop
from shop.entrypoints.http.reuse import ReusableApp
from shop.settings import Payments, Settings
from shop.testing.serving import served

BASE_URL: Final = "http://shop.test"
PASSWORD: Final = "correct horse battery staple"  # noqa: S105 (it guards nothing)
"""The password of every user."""
START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class ManualClock:
    """A clock that stands still until it is advanced."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **amount: float) -> None:
        """Advance the clock: `advance(minutes=31)`, with the arguments of `timedelta`."""
        self._now += timedelta(**amount)


class ShopHarness:
    """See the module. `client` is unauthenticated; `container` has every use case of the shop, by room."""

    def __init__(self, container: Shop, app: Litestar, clock: ManualClock, clients: AsyncExitStack) -> None:
        self.container = container
        self.app = app
        self.clock = clock
        self.mail = MemoryMailer(container.settings.mail_from)
        container.messages.mailer.override(self.mail)
        self.webhooks = MemoryWebhookSender()
        container.outbox.webhook_sender.override(self.webhooks)
        self.payments: SandboxPayments = container.payments.sandbox_payments()
        self._clients = clients
        self.client: httpx.AsyncClient

    async def customer(self, username: str = "ada") -> httpx.AsyncClient:
        """Sign a customer up, log in, and return a client that is authenticated as them."""
        signed_up = await self.client.post(
            "/api/auth/signup", json={"username": username, "password": PASSWORD}
        )
        signed_up.raise_for_status()
        return await self.log_in(username)

    async def admin(self, username: str = "owner") -> httpx.AsyncClient:
        """Return a client that is authenticated as a new admin."""
        await self.container.accounts.create_admin()(username, PASSWORD)
        return await self.log_in(username)

    async def log_in(self, username: str) -> httpx.AsyncClient:
        """Log an existing user in and return a client with that login."""
        answer = await self.client.post("/api/auth/login", json={"username": username, "password": PASSWORD})
        answer.raise_for_status()
        return await self.open_client({"Authorization": f"Bearer {answer.json()['accessToken']}"})

    async def open_client(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """Return a client that sends these headers with every request."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),  # type: ignore[arg-type]
            base_url=BASE_URL,
            headers=headers,
        )
        return await self._clients.enter_async_context(client)

    def serve(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve the shop to HTTP clients on this machine while the context lasts; yield the URL."""
        return served(self.app, port)

    async def pay(self, order: Mapping[str, Any], outcome: str = "succeeded") -> httpx.Response:
        """Pay an order, as returned by the API, with the simulated card."""
        secret = order["payment"]["clientSecret"]
        return await self.client.post(f"/api/sandbox/payments/{secret}/confirm", json={"outcome": outcome})

    async def work(self) -> None:
        """Do the worker's due work on orders, events, webhooks and mail, once."""
        await self.container.payments.sweep_orders()()
        await self.container.outbox.assign_positions()()
        await self.container.outbox.queue_deliveries()()
        await self.container.outbox.deliver_to_webhooks().drain()
        await self.container.outbox.purge_events()()
        await self.container.accounts.send_requested_resets()()
        await self.container.messages.queue_event_messages()()
        await self.container.messages.deliver_messages()()


@asynccontextmanager
async def shop_harness(
    storage: Storage | None = None, clock: ManualClock | None = None, ids: Ids | None = None, **settings: Any
) -> AsyncIterator[ShopHarness]:
    """Yield a new shop; `settings` are fields of `shop.settings.Settings` such as `order_ttl=timedelta(minutes=5)`.

    Data is stored in memory, or in the given `storage` with its existing content. Ids and secrets are random, or
    come from the given `ids`. With `payments=Payments.STRIPE`, Stripe (or the server at `stripe_api_base`) is the
    payment provider; several providers may be given, the preferred one first.
    """
    clock = clock or ManualClock()
    passwords = Argon2Passwords(threads=1, memory_kib=8, iterations=1)  # fast: there is nothing to protect
    payments = settings.pop("payments", Payments.SANDBOX)
    providers = (payments,) if isinstance(payments, Payments) else tuple(payments)
    keys = {"jwt_secret": "-" * 32, "secret_keys": ("-" * 32,)}
    chosen = Settings(**{**keys, "payments": providers, **settings})
    container = assemble(
        settings=chosen,
        storage=storage or MemoryStorage(),
        clock=clock,
        ids=ids or RandomIds(),
        passwords=passwords,
    )
    if "media" not in settings:  # pictures in memory
        container.catalogue.media_store.override(memory_media())
    async with AsyncExitStack() as stack:
        app = stack.enter_context(_app_of(container))
        stack.callback(passwords.close)
        stack.push_async_callback(container.close)
        harness = ShopHarness(container, app, clock, stack)
        harness.client = await harness.open_client()
        yield harness


_INDEPENDENT_SETTINGS: Final[dict[str, Any]] = {
    "access_token_ttl": timedelta(),
    "secret_keys": (),
    "stripe_api_base": "",
    "stripe_secret_key": "",
    "stripe_webhook_secrets": (),
}
"""Settings that may differ between the shops of an application, since neither routes nor pages depend on them."""
_MAX_IDLE: Final = 4
_idle: list[tuple[Settings, ReusableApp]] = []
"""Applications of closed shops, with their settings: a new shop with the same settings takes one."""


@contextmanager
def _app_of(shop: Shop) -> Iterator[Litestar]:
    """Yield the shop's application, which may have served another shop before."""
    app_settings = replace(shop.settings, **_INDEPENDENT_SETTINGS)
    for position, (settings, reusable) in enumerate(_idle):
        if settings == app_settings:
            del _idle[position]
            reusable.serve(shop)
            break
    else:
        reusable = ReusableApp(shop)
    try:
        yield reusable.app
    finally:
        _idle.append((app_settings, reusable))
        del _idle[:-_MAX_IDLE]
