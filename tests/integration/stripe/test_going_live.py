"""A shop changes its payment provider or account while orders are unpaid: none gets stuck, none is paid elsewhere."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shop.settings import Payments
from shop.testing import ManualClock, ShopHarness, shop_harness
from tests.instances import a_product, an_order, stripe_settings
from tests.storages import ALL_KINDS, Storage
from tests.stripe_server import StripeServer, stripe_server
from tests.unit.shopping import history_of

pytestmark = pytest.mark.anyio

STOCK = 100
Order = Mapping[str, Any]


class Move:
    """A shop on one storage, before and after its settings name another provider or account."""

    def __init__(self, storage: Storage, new: StripeServer, kind: str) -> None:
        self.storage = storage
        self.clock = new.clock
        self.new = new
        self.kind = kind
        self.product_id = ""

    @asynccontextmanager
    async def opened(self, settings: Mapping[str, Any]) -> AsyncIterator[ShopHarness]:
        async with shop_harness(self.storage, self.clock, **settings) as shop:
            if self.kind != "account ids unknown":
                await shop.container.payments.payment_providers().open()
            yield shop

    async def unpaid_order(self) -> Order:
        """Place an order at the former provider or account."""
        if self.kind == "sandbox":
            return await self._unpaid_order({"payments": Payments.SANDBOX})
        with stripe_server(clock=self.clock, livemode=self.kind == "live mode") as old:
            return await self._unpaid_order(stripe_settings(old))

    async def _unpaid_order(self, settings: Mapping[str, Any]) -> Order:
        async with self.opened(settings) as shop:
            self.product_id = await a_product(await shop.admin(), STOCK)
            order = await an_order(await shop.customer("ada"), self.product_id, 2)
        assert order["payment"]["clientSecret"]
        return order

    @asynccontextmanager
    async def moved(self) -> AsyncIterator[ShopHarness]:
        async with self.opened(stripe_settings(self.new)) as shop:
            yield shop

    def payable(self) -> list[Mapping[str, Any]]:
        """Return the intents in the new account that can still be paid."""
        final = ("canceled", "succeeded")
        return [intent for intent in self.new.intents.values() if intent["status"] not in final]

    async def shown(self, shop: ShopHarness, order: Order) -> dict[str, Any]:
        ada = await shop.log_in("ada")
        return dict((await ada.get(f"/api/orders/{order['id']}")).json())

    async def stock(self, shop: ShopHarness) -> int:
        return int((await shop.client.get(f"/api/products/{self.product_id}")).json()["stock"])


KINDS = ("sandbox", "another account", "live mode", "account ids unknown")
IN_SHORT = {*((kind, "memory") for kind in KINDS), ("another account", "sqlite"), ("sandbox", "mysql")}
"""In `make test`: every kind of move and every kind of storage, but not every combination."""


def every_move(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("move", "storage_url"),
        [
            pytest.param(
                *(kind, storage.values[0]),
                id=f"{kind}-{storage.id}",
                marks=[*storage.marks, *([] if (kind, storage.id) in IN_SHORT else [pytest.mark.long])],
            )
            for kind in kinds
            for storage in ALL_KINDS
        ],
        indirect=True,
    )


@pytest.fixture
def move(request: pytest.FixtureRequest, storage: Storage) -> Iterator[Move]:
    with stripe_server(clock=ManualClock()) as new:
        yield Move(storage, new, request.param)


@every_move(*KINDS)
async def test_an_unpaid_order_expires_as_usual(move: Move) -> None:
    order = await move.unpaid_order()
    async with move.moved() as shop:
        shop.clock.advance(minutes=31)
        await shop.work()
        shown = await move.shown(shop, order)
        assert (shown["status"], shown["payment"]["status"]) == ("cancelled", "cancelled")
        assert await move.stock(shop) == STOCK
        assert move.payable() == []


@every_move(*KINDS)
async def test_an_order_that_expired_while_the_shop_was_closed_is_cancelled(move: Move) -> None:
    order = await move.unpaid_order()
    move.clock.advance(days=3)
    async with move.moved() as shop:
        await shop.work()
        assert (await move.shown(shop, order))["status"] == "cancelled"
        assert await move.stock(shop) == STOCK


@every_move(*KINDS)
async def test_an_unpaid_order_can_be_cancelled(move: Move) -> None:
    order = await move.unpaid_order()
    async with move.moved() as shop:
        ada = await shop.log_in("ada")
        cancelled = (await ada.post(f"/api/orders/{order['id']}/cancel")).json()["order"]
        assert (cancelled["status"], cancelled["payment"]["status"]) == ("cancelled", "cancelled")
        assert await move.stock(shop) == STOCK
        assert move.payable() == []


@every_move("sandbox")
async def test_a_cancellation_that_began_before_the_move_is_finished(move: Move) -> None:
    """The cancellation began while the former provider could not be reached."""
    order = await move.unpaid_order()
    async with move.opened({"payments": Payments.SANDBOX}) as shop:
        shop.payments.reachable = False
        ada = await shop.log_in("ada")
        cancelling = (await ada.post(f"/api/orders/{order['id']}/cancel")).json()["order"]
        assert cancelling["status"] == "cancelling"
    async with move.moved() as shop:
        shop.clock.advance(minutes=2)
        await shop.work()
        shown = await move.shown(shop, order)
        assert (shown["status"], history_of(shown)) == ("cancelled", ["pending", "cancelling", "cancelled"])
        assert await move.stock(shop) == STOCK


@every_move(*KINDS)
async def test_a_new_payment_is_made_at_the_current_account(move: Move) -> None:
    order = await move.unpaid_order()
    async with move.moved() as shop:
        shown = await move.shown(shop, order)
        if move.kind != "account ids unknown":
            assert "clientSecret" not in shown["payment"], "the secret of another account is of no use"
        ada = await shop.log_in("ada")
        reopened = (await ada.post(f"/api/orders/{order['id']}/payment")).json()["order"]
        [intent] = move.payable()
        assert reopened["payment"] == {
            "provider": "stripe",
            "status": "pending",
            "clientSecret": intent["client_secret"],
        }
        assert intent["client_secret"] != order["payment"]["clientSecret"]
        assert (await move.shown(shop, order))["payment"] == reopened["payment"]
        again = (await ada.post(f"/api/orders/{order['id']}/payment")).json()["order"]
        assert again["payment"] == reopened["payment"], "repeated requests return the same payment"
        move.new.pay(intent["id"])
        shop.clock.advance(minutes=2)
        await shop.work()
        assert (await move.shown(shop, order))["status"] == "paid"


@every_move(*KINDS)
async def test_the_worker_makes_a_new_payment_too(move: Move) -> None:
    order = await move.unpaid_order()
    async with move.moved() as shop:
        shop.clock.advance(minutes=2)
        await shop.work()
        [intent] = move.payable()
        assert (await move.shown(shop, order))["payment"]["clientSecret"] == intent["client_secret"]


async def test_payments_to_the_former_account_are_applied_after_switching_back(
    storage: Storage,
) -> None:
    clock = ManualClock()
    with stripe_server(clock=clock) as old, stripe_server(clock=clock) as new:
        move = Move(storage, new, "another account")
        order = await move._unpaid_order(stripe_settings(old))
        async with move.moved() as shop:
            shop.clock.advance(minutes=31)
            await shop.work()
            assert (await move.shown(shop, order))["status"] == "cancelled"
        [intent_id] = old.intents
        old.pay(intent_id)
        async with move.opened(stripe_settings(old)) as shop:
            await shop.container.payments.replay_missed_events()()
            shown = await move.shown(shop, order)
            assert shown["status"] == "cancelled"
            assert old.ledger()[intent_id].refunded == old.ledger()[intent_id].captured > 0
            assert await move.stock(shop) == STOCK
