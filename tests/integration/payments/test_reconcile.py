"""Differences between the shop's books and Stripe's are found, named and, if possible, repaired."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.application.payments.reconciling import Difference, DifferenceKind
from shop.settings import Payments
from shop.testing import ManualClock, ShopHarness, shop_harness
from tests.storages import FLOW_KINDS, url_of_storage
from tests.stripe_server import StripeServer, stripe_server

pytestmark = pytest.mark.anyio

PAID_WITHOUT = DifferenceKind.PAID_WITHOUT_PAYMENT
UNPAID = DifferenceKind.PAYMENT_WITHOUT_PAID_ORDER
REFUNDS = DifferenceKind.REFUNDS_DIFFER
AMOUNTS = DifferenceKind.AMOUNTS_DIFFER


class Books:
    """A shop with Stripe, a customer and an admin."""

    def __init__(self, shop: ShopHarness, stripe: StripeServer) -> None:
        self.shop = shop
        self.stripe = stripe
        self.admin: httpx.AsyncClient
        self.ada: httpx.AsyncClient
        self.product_id: str

    async def open(self) -> None:
        self.admin, self.ada = await self.shop.admin(), await self.shop.customer()
        product = await self.admin.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 99})
        self.product_id = product.json()["id"]

    async def order(self) -> tuple[dict[str, Any], str]:
        """Place an order. Return it with the id of its intent."""
        items = [{"itemId": self.product_id, "quantity": 2}]
        order = (await self.ada.post("/api/orders", json={"items": items})).json()["order"]
        return order, order["payment"]["clientSecret"].partition("_secret_")[0]

    async def paid(self) -> tuple[dict[str, Any], str]:
        order, intent_id = await self.order()
        self.stripe.pay(intent_id)
        await self.apply_events()
        return order, intent_id

    async def apply_events(self) -> None:
        """Apply Stripe's events, as its webhooks would."""
        await self.shop.container.payments.replay_missed_events()()

    async def status_of(self, order: dict[str, Any]) -> str:
        return str((await self.ada.get(f"/api/orders/{order['id']}")).json()["status"])

    async def differences(self, *, fix: bool = False) -> list[Difference]:
        now = self.shop.clock.now()
        reconcile = self.shop.container.payments.reconcile()
        found: list[Difference] = (
            await reconcile(now - timedelta(days=1), now + timedelta(days=1), fix=fix)
        ).differences
        return found


@pytest.fixture(params=FLOW_KINDS)
def storage_url(request: pytest.FixtureRequest) -> str | None:
    return url_of_storage(request)


@pytest.fixture
async def books(storage: Any) -> AsyncIterator[Books]:
    clock = ManualClock()
    with stripe_server(clock=clock) as stripe:
        async with shop_harness(
            storage,
            clock,
            payments=Payments.STRIPE,
            stripe_api_base=stripe.url,
            stripe_secret_key=stripe.secret_key,
            stripe_webhook_secrets=(stripe.webhook_secret,),
        ) as shop:
            books = Books(shop, stripe)
            await books.open()
            yield books


def kinds(found: list[Difference]) -> list[tuple[DifferenceKind, bool]]:
    return [(difference.kind, difference.is_fixed) for difference in found]


async def test_matching_books_have_no_differences(books: Books) -> None:
    await books.order()
    order, _ = await books.paid()
    await books.admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 5})
    cancelled, _ = await books.paid()
    await books.ada.post(f"/api/orders/{cancelled['id']}/cancel")
    _, declined_intent = await books.order()
    books.stripe.decline(declined_intent)
    assert await books.differences() == []


async def test_missed_payments_are_found_and_applied(books: Books) -> None:
    order, intent_id = await books.order()
    books.stripe.pay(intent_id)
    assert await books.differences() == [
        Difference(UNPAID, order["number"], intent_id, "pending, payment pending", "succeeded, 25.00 USD")
    ]
    assert await books.status_of(order) == "pending"
    assert kinds(await books.differences(fix=True)) == [(UNPAID, True)]
    assert await books.status_of(order) == "paid"
    assert await books.differences() == []


async def test_money_for_a_cancelled_order_is_found_and_refunded(books: Books) -> None:
    order, intent_id = await books.order()
    books.stripe.pay(intent_id)
    books.stripe.down()
    await books.ada.post(f"/api/orders/{order['id']}/cancel")
    books.stripe.up()
    assert kinds(await books.differences(fix=True)) == [(UNPAID, True)]
    assert await books.status_of(order) == "cancelled"
    assert books.stripe.ledger()[intent_id].refunded == 2500
    assert await books.differences() == []


@pytest.mark.parametrize("amount", [500, 2500])
async def test_a_refund_made_at_stripe_is_found_and_recorded(books: Books, amount: int) -> None:
    order, intent_id = await books.paid()
    books.stripe.refund(intent_id, amount)
    [difference] = await books.differences()
    assert (difference.kind, difference.ours) == (REFUNDS, "none")
    assert difference.theirs == f"{amount / 100:.2f} USD succeeded"
    assert kinds(await books.differences(fix=True)) == [(REFUNDS, True)]
    shown = (await books.ada.get(f"/api/orders/{order['id']}")).json()
    assert shown["refundedTotal"] == amount / 100
    assert shown["status"] == ("refunded" if amount == 2500 else "paid")
    assert await books.differences() == []


async def test_a_refund_that_was_never_sent_is_found_and_sent(books: Books) -> None:
    order, intent_id = await books.paid()
    books.stripe.down()
    path = f"/api/admin/orders/{order['id']}/refunds"
    assert (await books.admin.post(path)).json()["refund"]["status"] == "pending"
    books.stripe.up()
    assert kinds(await books.differences(fix=True)) == [(REFUNDS, True)]
    assert await books.status_of(order) == "refunded"
    assert books.stripe.ledger()[intent_id].refunded == 2500


async def test_a_refund_that_failed_after_all_is_found_and_taken_back(books: Books) -> None:
    order, _ = await books.paid()
    await books.admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 5})
    [refund] = books.stripe.refunds.values()
    books.stripe.finish_refund(refund["id"], failure="lost_or_stolen_card")
    for fix in (False, True):
        [difference] = await books.differences(fix=fix)
        assert (difference.kind, difference.ours, difference.theirs) == (
            REFUNDS,
            "5.00 USD succeeded",
            "none",
        )
        assert difference.is_fixed is fix
    assert await books.differences() == []


async def test_a_paid_order_without_money_is_left_to_a_person(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, intent_id = await books.paid()
    await books.order()

    async def forgotten(_: str) -> None:
        return None

    async def nothing(*_: Any) -> AsyncIterator[Any]:
        for each in ():
            yield each

    provider = books.shop.container.payments.payment_providers().named("stripe")
    monkeypatch.setattr(provider, "intent", forgotten)
    monkeypatch.setattr(provider, "intents_between", nothing)
    expected = Difference(PAID_WITHOUT, order["number"], intent_id, "paid", "unknown")
    assert await books.differences() == [expected]
    assert await books.differences(fix=True) == [expected]
    assert await books.status_of(order) == "paid"


async def test_a_wrong_amount_is_left_to_a_person(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    order, intent_id = await books.order()
    with books.stripe._account.lock:
        books.stripe._account.payment_intents[intent_id]["amount"] = 2400
    books.stripe.pay(intent_id)
    for fix in (False, True):
        found = await books.differences(fix=fix)
        assert kinds(found) == [(AMOUNTS, False), (UNPAID, False)]
        assert (found[0].ours, found[0].theirs) == ("25.00 USD", "24.00 USD")
    assert await books.status_of(order) == "pending"


async def test_money_for_an_unknown_order_is_found(books: Books) -> None:
    _, intent_id = await books.order()
    with books.stripe._account.lock:
        metadata = books.stripe._account.payment_intents[intent_id]["metadata"]
        metadata["shop_order_id"] = books.product_id
    books.stripe.pay(intent_id)
    for fix in (False, True):
        found = await books.differences(fix=fix)
        assert kinds(found)[-1] == (UNPAID, False)
        assert (found[-1].order, found[-1].ours) == (books.product_id, "no such order")


@pytest.mark.parametrize(
    "metadata",
    [{}, {"order_id": "45"}, {"order_id": "6f1ed002-ab59-4b1d-9f2e-2f1a7c0e4a11", "attempt": "1"}],
    ids=["none", "a number", "another shop's id"],
)
async def test_payments_of_other_shops_on_the_account_are_ignored(
    books: Books, metadata: dict[str, str]
) -> None:
    _, intent_id = await books.order()
    with books.stripe._account.lock:
        books.stripe._account.payment_intents[intent_id]["metadata"] = metadata
    books.stripe.pay(intent_id)
    foreign = [each for each in await books.differences() if each.ours == "no such order"]
    assert foreign == []


async def test_only_orders_of_the_period_are_compared(books: Books) -> None:
    _, intent_id = await books.order()
    books.stripe.pay(intent_id)
    reconcile = books.shop.container.payments.reconcile()
    now = books.shop.clock.now()
    assert (await reconcile(now + timedelta(seconds=1), now + timedelta(days=1))).differences == []
    assert (await reconcile(now - timedelta(days=1), now)).differences == []
    assert len((await reconcile(now, now + timedelta(seconds=1))).differences) == 1


async def test_more_orders_than_one_batch_are_all_compared(books: Books) -> None:
    books.shop.container.payments.reconcile.add_kwargs(batch_size=2)
    orders = [await books.order() for _ in range(5)]
    for _, intent_id in orders:
        books.stripe.pay(intent_id)
    found = await books.differences()
    assert [difference.order for difference in found] == [order["number"] for order, _ in orders]
