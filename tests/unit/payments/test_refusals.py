"""Every step that calls the payment provider ends, whichever of its adapter's errors it meets.

Unpaid orders expire, no refund stays pending, and the request's idempotency key has an answer.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.domain.errors import ShopError, Unavailable
from shop.domain.payments.payment import PaymentStatus, PaymentUnavailable, ProviderRefusal
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, an_order
from tests.invariants import assert_invariants

pytestmark = pytest.mark.anyio

STOCK: Final = 500
METHODS: Final = (
    "create_intent",
    "intent",
    "intents_of",
    "cancel_intent",
    "refund",
    "refunds_of",
    "disputes_of",
)
"""The provider's methods that concern a single order."""


def errors(kind: type[ShopError]) -> list[type[ShopError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in errors(below))]


REFUSALS: Final = errors(ProviderRefusal)
ERRORS: Final = [*REFUSALS, *errors(PaymentUnavailable)]


class Shop:
    """`ada` buys, the owner runs the shop, and the sandbox's methods can be broken one by one."""

    def __init__(self, harness: ShopHarness, storage: MemoryStorage) -> None:
        self.harness = harness
        self.storage = storage
        self.ada: httpx.AsyncClient
        self.owner: httpx.AsyncClient
        self.product_id: str

    async def open(self) -> None:
        self.owner, self.ada = await self.harness.admin(), await self.harness.customer("ada")
        self.product_id = await a_product(self.owner, STOCK)

    async def order(self) -> Any:
        return await an_order(self.ada, self.product_id)

    async def order_without_payment(self) -> Any:
        self.harness.payments.reachable = False
        order = await self.order()
        self.harness.payments.reachable = True
        return order

    async def paid_order(self) -> Any:
        order = await self.order()
        await self.harness.pay(order)
        return order

    def fail(self, methods: tuple[str, ...], error: type[ShopError]) -> None:
        """From now on these methods raise the error."""

        async def failing(*_: Any) -> Any:
            raise error("The payment provider refuses.")

        for method in methods:
            setattr(self.harness.payments, method, failing)

    def mend(self) -> None:
        for method in METHODS:
            with suppress(AttributeError):
                delattr(self.harness.payments, method)

    async def work(self, **passed: float) -> None:
        """Let time pass, then one round of the worker."""
        self.harness.clock.advance(**passed)
        with suppress(Unavailable):
            await self.harness.work()

    async def shown(self, order: Any) -> Any:
        return (await self.ada.get(f"/api/orders/{order['id']}")).json()

    async def stock(self) -> int:
        return int((await self.owner.get(f"/api/products/{self.product_id}")).json()["stock"])


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    storage = MemoryStorage()
    async with shop_harness(storage, access_token_ttl=timedelta(days=2)) as harness:
        opened = Shop(harness, storage)
        await opened.open()
        yield opened


Send = Callable[[Shop, Any, str], Awaitable[httpx.Response | None]]
"""Sends a request that calls the provider, about this order (if any), under this idempotency key."""


async def _buy(shop: Shop, _: Any, key: str) -> httpx.Response:
    items = [{"itemId": shop.product_id, "quantity": 1}]
    return await shop.ada.post("/api/orders", json={"items": items}, headers={"Idempotency-Key": key})


async def _pay(shop: Shop, order: Any, key: str) -> httpx.Response:
    path = f"/api/orders/{order['id']}/payment"
    return await shop.ada.post(path, headers={"Idempotency-Key": key})


async def _cancel(shop: Shop, order: Any, key: str) -> httpx.Response:
    path = f"/api/orders/{order['id']}/cancel"
    return await shop.ada.post(path, headers={"Idempotency-Key": key})


async def _refund(shop: Shop, order: Any, key: str) -> httpx.Response:
    path = f"/api/admin/orders/{order['id']}/refunds"
    return await shop.owner.post(path, json={"amount": 5}, headers={"Idempotency-Key": key})


async def _wait(shop: Shop, _: Any, __: str) -> None:
    await shop.work(minutes=2)


STEPS: Final[dict[str, tuple[Callable[[Shop], Awaitable[Any]] | None, Send]]] = {
    "a checkout": (None, _buy),
    "a request for the payment": (Shop.order, _pay),
    "a request for a missing payment": (Shop.order_without_payment, _pay),
    "a missing payment, created by the worker": (Shop.order_without_payment, _wait),
    "an open payment, checked by the worker": (Shop.order, _wait),
    "the cancellation of an unpaid order": (Shop.order, _cancel),
    "the cancellation of an order without a payment": (Shop.order_without_payment, _cancel),
    "the cancellation of a paid order": (Shop.paid_order, _cancel),
    "a refund": (Shop.paid_order, _refund),
}
"""By step: what prepares the order before the provider fails, and what is sent while it fails."""


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
@pytest.mark.parametrize("step", STEPS)
async def test_every_step_ends_after_every_error(shop: Shop, step: str, error: type[ShopError]) -> None:
    prepare, send = STEPS[step]
    for number, methods in enumerate([*((method,) for method in METHODS), METHODS]):
        order = await prepare(shop) if prepare else None
        shop.fail(methods, error)
        key = f"key {number}"
        answer = await send(shop, order, key)
        if answer is not None:
            again = await send(shop, order, key)
            assert again is not None
            assert "REQUEST_STILL_RUNNING" not in again.text
            if answer.status_code < 300:
                assert again.content == answer.content
                order = order or answer.json()["order"]
        for _ in range(3):
            if error not in REFUSALS:
                shop.mend()  # The provider recovers after a while.
            await shop.work(minutes=31)
        assert order is not None
        await assert_ended(shop, order, was_paid=prepare is Shop.paid_order)
        shop.mend()
        await shop.work(minutes=1)
    await assert_invariants(shop.storage, shop.storage.sandbox_ledger, settled_at=shop.harness.clock.now())


async def assert_ended(shop: Shop, order: Any, *, was_paid: bool) -> None:
    shown = await shop.shown(order)
    assert shown["status"] in ({"paid", "cancelled"} if was_paid else {"cancelled"})
    pending = (await shop.owner.get("/api/admin/refunds?page=1&status=pending")).json()
    assert pending["items"] == []
    if shown["status"] == "paid":  # The rest can be refunded once the provider works again.
        shop.mend()
        refund = await shop.owner.post(f"/api/admin/orders/{order['id']}/refunds", json={"restock": True})
        assert (refund.status_code, refund.json()["refund"]["status"]) == (201, "succeeded")
    assert await shop.stock() == STOCK


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.__name__)
async def test_a_refused_refund_fails_and_frees_the_order(shop: Shop, error: type[ShopError]) -> None:
    order = await shop.paid_order()
    shop.fail(("refund",), error)
    answer = await _refund(shop, order, "a key")
    assert (answer.status_code, answer.json()["refund"]["status"]) == (201, "failed")
    assert answer.json()["order"]["status"] == "paid"


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.__name__)
async def test_an_order_that_the_provider_does_not_cancel_is_paid_if_its_money_came(
    shop: Shop, error: type[ShopError]
) -> None:
    order = await shop.order()
    [intent] = await shop.harness.payments.intents_of(order["id"], shop.harness.clock.now())
    # Paid at the provider, but no webhook has told the shop.
    await shop.storage.sandbox_ledger.move(intent.id, PaymentStatus.SUCCEEDED)
    shop.fail(("cancel_intent",), error)
    await shop.work(minutes=31)
    assert (await shop.shown(order))["status"] == "paid"
