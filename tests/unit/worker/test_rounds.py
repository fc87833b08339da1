"""The worker's rounds over unfinished orders: every order gets its turn, even if others fail."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import httpx
import pytest

from shop.application.payments import sweeping
from shop.application.ports.orders import PendingWork
from shop.domain.errors import Unavailable
from shop.domain.payments.payment import PaymentRejected, PaymentUnavailable
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, an_order

pytestmark = pytest.mark.anyio

NUMBER = 20
"""The number of orders: more than two batches."""


class Shop:
    """`calls` counts the calls of the provider by method and by order or intent; those in `poison` raise its error."""

    def __init__(self, shop: ShopHarness) -> None:
        self.shop = shop
        self.calls: Counter[tuple[str, str]] = Counter()
        self.poison: dict[str, Exception] = {}
        self.ada: httpx.AsyncClient
        self.product_id: str
        for name in ("create_intent", "intent", "cancel_intent"):
            setattr(shop.payments, name, self._watched(name, getattr(shop.payments, name)))

    async def open(self) -> None:
        self.ada = await self.shop.customer()
        self.product_id = await a_product(await self.shop.admin(), 99)

    def _watched(self, name: str, call: Any) -> Any:
        async def watched(subject_id: str, *rest: Any) -> Any:
            self.calls[name, subject_id] += 1
            if subject_id in self.poison:
                raise self.poison[subject_id]
            return await call(subject_id, *rest)

        return watched

    async def orders(self, number: int = NUMBER) -> list[str]:
        return [str((await an_order(self.ada, self.product_id))["id"]) for _ in range(number)]

    async def orders_without_payment(self) -> list[str]:
        """Place orders while the provider is down. Return their ids when the worker may retry, with the provider up."""
        self.shop.payments.reachable = False
        order_ids = await self.orders()
        self.shop.payments.reachable = True
        self.shop.clock.advance(seconds=30)
        self.calls.clear()
        return order_ids

    async def with_payment(self, order_ids: list[str]) -> list[str]:
        """Return the ids of the orders that have a payment."""
        shown = [(await self.ada.get(f"/api/orders/{order_id}")).json() for order_id in order_ids]
        return [order["id"] for order in shown if order["payment"]["status"] == "pending"]

    async def intent_of(self, order_id: str) -> str:
        async with self.shop.container.storage.unit_of_work() as work:
            payment = await work.payments.latest(order_id)
        assert payment is not None
        return payment.intent_id

    def number_of(self, name: str) -> int:
        return sum(number for (called, _), number in self.calls.items() if called == name)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with shop_harness() as harness:
        opened = Shop(harness)
        await opened.open()
        yield opened


async def test_orders_beyond_one_batch_get_their_turn(shop: Shop) -> None:
    order_ids = await shop.orders_without_payment()
    await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids
    assert shop.number_of("create_intent") == NUMBER


async def test_orders_beyond_one_round_get_their_turn(shop: Shop) -> None:
    shop.shop.container.payments.sweep_orders.add_kwargs(max_orders_per_round=sweeping.BATCH_SIZE)
    order_ids = await shop.orders_without_payment()
    for done in (8, 16, 20):
        await shop.shop.work()
        assert await shop.with_payment(order_ids) == order_ids[:done]


async def test_a_failing_order_is_postponed_and_others_continue(shop: Shop) -> None:
    order_ids = await shop.orders_without_payment()
    poisoned = order_ids[:9]  # one more than a batch
    shop.poison = dict.fromkeys(poisoned, PaymentRejected("injected"))
    with pytest.raises(Unavailable, match="9 orders could not be advanced: PaymentRejected"):
        await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids[9:]
    await shop.shop.work()
    assert [shop.calls["create_intent", each] for each in poisoned] == [1] * 9, "they are postponed"
    shop.shop.clock.advance(seconds=10)
    shop.poison.clear()
    await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids


async def test_internal_errors_are_raised_at_the_end_of_the_round(shop: Shop) -> None:
    order_ids = await shop.orders_without_payment()
    shop.poison = {order_ids[0]: ZeroDivisionError()}
    with pytest.raises(ExceptionGroup, match="internal errors in a round"):
        await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids[1:]


async def test_a_provider_outage_ends_the_round_early(shop: Shop) -> None:
    order_ids = await shop.orders_without_payment()
    shop.shop.payments.reachable = False
    with pytest.raises(Unavailable, match=f"{sweeping.BATCH_SIZE} orders could not be advanced"):
        await shop.shop.work()
    assert shop.number_of("create_intent") == sweeping.BATCH_SIZE
    shop.shop.payments.reachable = True
    await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids, "an outage postpones no order"


async def test_orders_with_provider_failures_do_not_block_others(shop: Shop) -> None:
    """A whole batch of such failures looks like an outage of the provider."""
    order_ids = await shop.orders_without_payment()
    poisoned, others = order_ids[: sweeping.BATCH_SIZE], order_ids[sweeping.BATCH_SIZE :]
    shop.poison = dict.fromkeys(poisoned, PaymentUnavailable("always"))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await shop.shop.work()
    await shop.shop.work()
    assert await shop.with_payment(order_ids) == others


async def test_pauses_grow_with_every_failure(shop: Shop) -> None:
    (order_id,) = (await shop.orders_without_payment())[:1]
    shop.poison = {order_id: PaymentRejected("always")}
    started = shop.shop.clock.now()
    tried = []
    while len(tried) < 8:
        with suppress(Unavailable):
            await shop.shop.work()
        if shop.calls["create_intent", order_id] > len(tried):
            tried.append(shop.shop.clock.now() - started)
        shop.shop.clock.advance(seconds=10)
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(tried)]
    assert pauses == [10, 10, 20, 40, 80, 160, 320]


def test_no_pause_is_longer_than_ten_minutes() -> None:
    assert [sweeping.pause_after(failures, is_down=False).total_seconds() for failures in (8, 9, 10**9)] == [
        600.0
    ] * 3


async def test_a_success_forgets_earlier_failures(shop: Shop) -> None:
    (order_id,) = (await shop.orders_without_payment())[:1]
    shop.poison = {order_id: PaymentRejected("for now")}
    with pytest.raises(Unavailable):
        await shop.shop.work()
    shop.poison.clear()
    shop.shop.clock.advance(seconds=10)
    await shop.shop.work()
    async with shop.shop.container.storage.unit_of_work() as work:
        assert await work.postponed_work.failures(order_id, PendingWork.WITHOUT_PAYMENT) == 0


async def test_an_order_expires_even_if_its_payment_cannot_be_fetched(shop: Shop) -> None:
    (order_id,) = await shop.orders(1)
    intent_id = await shop.intent_of(order_id)
    ask = shop.shop.payments.intent

    async def asked(subject_id: str) -> Any:
        if subject_id == intent_id:
            raise PaymentUnavailable("always")
        return await ask(subject_id)

    shop.shop.payments.intent = asked  # type: ignore[method-assign]
    shop.shop.clock.advance(minutes=31)
    for _ in range(3):
        with suppress(Unavailable):
            await shop.shop.work()
    ada = await shop.shop.log_in("ada")
    assert (await ada.get(f"/api/orders/{order_id}")).json()["status"] == "cancelled"


async def test_each_kind_of_work_gets_turns_despite_a_large_backlog_of_another(shop: Shop) -> None:
    """The round takes one batch of each kind in turn: the first orders expire before all payments were fetched."""
    shop.shop.container.payments.sweep_orders.add_kwargs(batch_size=2)
    unpaid = await shop.orders(6)
    payments = [await shop.intent_of(order_id) for order_id in unpaid]
    shop.shop.clock.advance(minutes=31)
    done: list[str] = []
    for name in ("intent", "cancel_intent"):
        call = getattr(shop.shop.payments, name)

        async def noted(subject_id: str, name: str = name, call: Any = call) -> Any:
            done.append(name)
            return await call(subject_id)

        setattr(shop.shop.payments, name, noted)
    await shop.shop.work()
    assert done.index("cancel_intent") < len(payments), "no kind of work waits until another kind is finished"


async def test_two_workers_share_the_orders(shop: Shop) -> None:
    order_ids = await shop.orders_without_payment()
    await asyncio.gather(shop.shop.work(), shop.shop.work())
    await shop.shop.work()
    assert await shop.with_payment(order_ids) == order_ids
    assert [shop.calls["create_intent", each] for each in order_ids] == [1] * NUMBER
