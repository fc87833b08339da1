"""One intent's events lead to the same end in every order, with any duplicates: all sequences, not a sample."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.payments.stripe_statements import EVENT_TYPES
from shop.domain.payments.refund import RefundStatus
from tests.books import Books
from tests.invariants import assert_invariants
from tests.stripe_server import Delivery, StripeServer
from tests.stripe_shop import STOCK, StripeShop

pytestmark = pytest.mark.anyio

History = Callable[[StripeServer, str], Iterator[None]]
"""Lets things happen to an intent at Stripe, one step per iteration."""
Tables = dict[str, Any]


def paid(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    yield
    stripe.pay(intent_id)
    yield


def declined(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    for _ in range(2):
        stripe.decline(intent_id)
        yield


def declined_then_paid(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    yield from declined(stripe, intent_id)
    stripe.require_action(intent_id)
    yield
    stripe.pay(intent_id)
    yield


def refused_by_bank_then_paid(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    for succeeded in (False, True):
        stripe.start_processing(intent_id)
        yield
        stripe.finish_processing(intent_id, succeeded=succeeded)
        yield


def cancelled_at_stripe(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    stripe.decline(intent_id)
    yield
    stripe.cancel(intent_id)
    yield


def refunded_in_parts(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    stripe.pay(intent_id)
    yield
    for amount in (700, 300):
        stripe.refund(intent_id, amount)
        yield


def refunded_in_full(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    stripe.decline(intent_id)
    yield
    stripe.pay(intent_id)
    stripe.refund(intent_id)
    yield


def refund_that_takes_its_time(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    stripe.pay(intent_id)
    stripe.refund_next("pending")
    refund = stripe.refund(intent_id)
    yield
    stripe.finish_refund(refund["id"])
    yield


def refund_that_fails(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    stripe.pay(intent_id)
    yield
    stripe.refund_next("pending")
    refund = stripe.refund(intent_id, 700)
    yield
    stripe.finish_refund(refund["id"], failure="lost_or_stolen_card")
    yield


def disputed(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    yield from paid(stripe, intent_id)
    stripe.dispute(intent_id)
    yield


def disputed_after_a_refund(stripe: StripeServer, intent_id: str) -> Iterator[None]:
    yield from paid(stripe, intent_id)
    stripe.refund(intent_id, 700)
    yield
    stripe.dispute(intent_id)
    yield


class End(NamedTuple):
    """How an order of 2,500 ends."""

    status: str
    refunded: int = 0
    attempt: int = 1
    is_disputed: bool = False


HISTORIES: dict[History, set[End]] = {
    paid: {End("paid")},
    declined: {End("failed")},
    declined_then_paid: {End("paid")},
    refused_by_bank_then_paid: {End("paid")},
    # A reported decline stays visible; either way the order can be paid by another attempt.
    cancelled_at_stripe: {End("pending", attempt=2), End("failed", attempt=2)},
    refunded_in_parts: {End("paid", 1000)},
    refunded_in_full: {End("refunded", 2500)},
    refund_that_takes_its_time: {End("refunded", 2500)},
    refund_that_fails: {End("paid")},
    disputed: {End("paid", is_disputed=True)},
    disputed_after_a_refund: {End("paid", 700, is_disputed=True)},
}
LONG = {refunded_in_parts, refund_that_fails, disputed_after_a_refund}
"""Histories with thousands of deliveries. `make test` delivers their events in every permutation only."""


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(each, id=each.__name__, marks=[pytest.mark.long] if each in LONG else [])
        for each in HISTORIES
    ],
)
async def test_every_sequence_of_events_leads_to_an_expected_end(shop: StripeShop, history: History) -> None:
    """All sequences in which each event comes at least once, at any time after it happened.

    They are walked as a graph: from every state that other deliveries can have led to, every event is delivered.
    States with equal rows count as one state, so the sequences may have any number of duplicates.
    """
    order = await shop.order()
    reached = {_key(_tables(shop)): _tables(shop)}
    events: list[Delivery] = []
    for _ in history(shop.stripe, shop.intent_id(order)):
        events = shop.events_of(order, *EVENT_TYPES)
        waiting = list(reached.values())
        while waiting:
            tables = waiting.pop()
            for event in events:
                _restore(shop, tables)
                assert await shop.deliver(event) == [200]
                after = _tables(shop)
                if _key(after) not in reached:
                    reached[_key(after)] = after
                    waiting.append(after)
                    await assert_invariants(shop.storage, shop.stripe)
    ends = set()
    for tables in reached.values():
        _restore(shop, tables)
        if await _all_were_applied(shop, events):
            ends.add(await _end(shop))
    assert ends == HISTORIES[history]


@pytest.mark.parametrize("history", HISTORIES, ids=[each.__name__ for each in HISTORIES])
async def test_every_permutation_of_events_with_one_repeated_ends_alike(
    shop: StripeShop, history: History
) -> None:
    """Without a graph: deliver every sequence from its beginning, of up to three events that all come late."""
    order = await shop.order()
    for _ in history(shop.stripe, shop.intent_id(order)):
        pass
    events = shop.events_of(order, *EVENT_TYPES)[-3:]
    beginning, ends = _tables(shop), set()
    for sequence in {each for twice in events for each in permutations([*events, twice])}:
        _restore(shop, beginning)
        assert set(await shop.deliver(*sequence)) == {200}
        shown = await shop.shown(order)
        statuses = [change["status"] for change in shown["statusHistory"]]
        assert statuses[:1] == ["pending"]
        assert len(statuses) == len(set(statuses)), "a step was made twice"
        ends.add((shown["status"], shown["refundedTotal"], tuple(statuses), await shop.stock()))
        await assert_invariants(shop.storage, shop.stripe)
    assert len(ends) == 1, ends


async def _end(shop: StripeShop) -> End:
    """Return the end of the only order. Check all else that must not depend on the deliveries."""
    books: Books = await shop.check()
    [of_order] = books.orders.values()
    order = of_order.order
    assert books.stock[shop.product_id] == (STOCK, STOCK - 2)
    assert books.sales[shop.product_id] == (2 if of_order.was_paid else 0)
    refunds = [each for each in of_order.refunds if each.status is not RefundStatus.FAILED]
    assert sum(each.amount for each in refunds) == order.refunded_total
    assert {each.status for each in refunds} <= {RefundStatus.SUCCEEDED}
    return End(order.status, order.refunded_total, order.payment_attempt, order.disputed_at is not None)


async def _all_were_applied(shop: StripeShop, events: list[Delivery]) -> bool:
    ids = [event.event_id for event in events]
    async with shop.shop.container.storage.unit_of_work() as work:
        return await work.payments.applied_events(ids) == set(ids)


def _tables(shop: StripeShop) -> Tables:
    """Return the current rows. The storage replaces these dictionaries and never changes them, so no copy is needed."""
    assert isinstance(shop.storage, MemoryStorage)
    return dict(shop.storage.store.tables)


def _restore(shop: StripeShop, tables: Tables) -> None:
    assert isinstance(shop.storage, MemoryStorage)
    shop.storage.store.tables.clear()
    shop.storage.store.tables.update(tables)


def _key(tables: Mapping[str, Mapping[Any, Any]]) -> str:
    """Return a text that is the same for rows that differ only in the shop's ids of refunds."""
    text = repr(sorted((name, sorted(map(repr, rows.items()))) for name, rows in tables.items() if rows))
    for number, refund_id in enumerate(dict.fromkeys(re.findall(r"Refund\(id='([0-9a-f-]{36})'", text))):
        text = text.replace(refund_id, f"#{number}")
    return text
