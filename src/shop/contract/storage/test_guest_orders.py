"""Contract tests: orders without a user, their sources, and what claiming moves."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.orders import OrdersQuery
from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    ids,
    moved,
    placed,
    rolled_back,
    some_products,
    stored_order,
    stored_promo_code,
)
from shop.domain.orders.access import OrderToken
from shop.domain.orders.order import Order
from shop.domain.periods import ALWAYS
from shop.domain.promotions.promo_code import CodeUser, PromoCodeNotApplicable

pytestmark = pytest.mark.anyio


async def a_guests_order(storage: Any, **how: Any) -> Order:
    products = await some_products(storage.unit_of_work)
    snapshot = replace(a_snapshot("", *products, **how), user_id=None)
    return await placed(storage.unit_of_work, snapshot)


async def a_token(storage: Any, order: Order) -> OrderToken:
    token = OrderToken(ids.new_id(), order.id, secrets.token_bytes(32), NOW)
    async with storage.unit_of_work() as work:
        await work.order_tokens.add(token)
    return token


async def test_a_guests_order_comes_back_as_stored(storage: Any) -> None:
    order = await a_guests_order(storage)
    assert order.user_id is None
    details = await storage.orders.details(order.id)
    assert (details.order, details.snapshot.user_id) == (order, None)
    page = await storage.admin_orders.page(OrdersQuery(1, 100))
    [row] = [each for each in page.items if each.id == order.id]
    assert row.username is None


async def test_a_claimed_order_belongs_to_the_account(storage: Any) -> None:
    user_id, order = await a_user(storage.unit_of_work), await a_guests_order(storage)
    assert (await storage.orders.page(user_id, 1, 20, None)).total == 0
    claimed = await moved(storage.unit_of_work, order, lambda order: order.claim(user_id))
    assert claimed.user_id == user_id
    for status in (None, order.status):
        page = await storage.orders.page(user_id, 1, 20, status)
        assert ([each.id for each in page.items], page.total) == ([order.id], 1)
    details = await storage.orders.details(order.id)
    assert (details.order.user_id, details.snapshot.user_id) == (user_id, None)
    [books] = await storage.orders.books_of([order.id])
    assert books.order.user_id == user_id


async def test_order_tokens_work_until_the_order_is_claimed(storage: Any) -> None:
    user_id, order = await a_user(storage.unit_of_work), await a_guests_order(storage)
    tokens = [await a_token(storage, order) for _ in range(2)]
    assert [await storage.order_tokens.find(token.digest) for token in tokens] == tokens
    assert await storage.order_tokens.find(bytes(32)) is None
    await moved(storage.unit_of_work, order, lambda order: order.claim(user_id))
    assert [await storage.order_tokens.find(token.digest) for token in tokens] == [None, None]
    async with storage.unit_of_work() as work:
        assert [await work.order_tokens.find(token.digest) for token in tokens] == tokens


async def test_a_rolled_back_token_does_not_exist(storage: Any) -> None:
    order = await a_guests_order(storage)
    token = OrderToken(ids.new_id(), order.id, secrets.token_bytes(32), NOW)
    async with rolled_back(storage.unit_of_work) as work:
        await work.order_tokens.add(token)
    assert await storage.order_tokens.find(token.digest) is None


async def test_sales_of_a_claimed_order_belong_to_the_account(storage: Any) -> None:
    user_id, order = await a_user(storage.unit_of_work), await a_guests_order(storage)
    async with storage.unit_of_work() as work:
        await work.sales.record_sale(await work.orders.snapshot(order.id), NOW)
    assert await storage.statistics.sales_of_user(user_id, ALWAYS) == []
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.give_to(order.id, user_id)
        await work.sales.record_refund(order.id, ids.new_id(), 100, NOW)
    entries = await storage.statistics.sales_of_user(user_id, ALWAYS)
    assert [(entry.order_id, entry.user_id) for entry in entries] == [(order.id, user_id)] * 2


class TestPromoCodes:
    @staticmethod
    async def used(storage: Any, promo_code: Any, user: CodeUser, order: Order) -> None:
        async with storage.unit_of_work() as work:
            await work.promo_codes.claim_use(promo_code, order.id, user, NOW)

    @staticmethod
    async def uses(storage: Any, promo_code: Any, user: CodeUser) -> int:
        found = await storage.promo_codes.promo_code(promo_code.code, user)
        assert found is not None
        return int(found[1])

    async def test_a_guests_uses_are_counted_by_email_address(self, storage: Any) -> None:
        promo_code = await stored_promo_code(storage.unit_of_work, per_customer_limit=1)
        ada, bob = CodeUser(email_digest=b"a" * 32), CodeUser(email_digest=b"b" * 32)
        await self.used(storage, promo_code, ada, await a_guests_order(storage))
        assert [await self.uses(storage, promo_code, user) for user in (ada, bob, CodeUser())] == [1, 0, 0]
        await self.used(storage, promo_code, bob, await a_guests_order(storage))
        with pytest.raises(PromoCodeNotApplicable):
            await self.used(storage, promo_code, ada, await a_guests_order(storage))

    async def test_an_account_and_an_address_can_be_one_customer(self, storage: Any) -> None:
        promo_code = await stored_promo_code(storage.unit_of_work)
        user_id, email = await a_user(storage.unit_of_work), b"e" * 32
        await self.used(storage, promo_code, CodeUser(user_id), await a_guests_order(storage))
        await self.used(storage, promo_code, CodeUser(email_digest=email), await a_guests_order(storage))
        users = (CodeUser(user_id), CodeUser(email_digest=email), CodeUser(user_id, email))
        assert [await self.uses(storage, promo_code, user) for user in users] == [1, 1, 2]

    async def test_the_use_of_a_claimed_order_counts_for_the_account_too(self, storage: Any) -> None:
        promo_code = await stored_promo_code(storage.unit_of_work)
        user_id, guest = await a_user(storage.unit_of_work), CodeUser(email_digest=b"e" * 32)
        order = await a_guests_order(storage)
        await self.used(storage, promo_code, guest, order)
        async with storage.unit_of_work() as work:
            await work.promo_codes.give_use_to(order.id, user_id)
        assert await self.uses(storage, promo_code, CodeUser(user_id)) == 1
        assert await self.uses(storage, promo_code, guest) == 1
        async with storage.unit_of_work() as work:
            await work.promo_codes.give_back_use(order.id)
        assert await self.uses(storage, promo_code, CodeUser(user_id)) == 0

    async def test_an_order_without_a_code_has_no_use_to_give(self, storage: Any) -> None:
        user_id, order = await a_user(storage.unit_of_work), await a_guests_order(storage)
        async with storage.unit_of_work() as work:
            await work.promo_codes.give_use_to(order.id, user_id)


class TestUnpaidOrders:
    @staticmethod
    async def added(storage: Any, order: Order, address: bytes, email: bytes) -> None:
        async with storage.unit_of_work() as work:
            await work.unpaid_guest_orders.add(order.id, address, email)

    @staticmethod
    async def counted(storage: Any, address: bytes, email: bytes) -> int:
        async with storage.unit_of_work() as work:
            number: int = await work.unpaid_guest_orders.count(address, email, NOW)
            return number

    async def test_payable_orders_are_counted_by_address_and_by_email(self, storage: Any) -> None:
        here, there, ada, bob = (secrets.token_bytes(32) for _ in range(4))
        orders = [await a_guests_order(storage) for _ in range(3)]
        for order, address, email in zip(orders, (here, here, there), (ada, bob, bob), strict=True):
            await self.added(storage, order, address, email)
        assert await self.counted(storage, here, ada) == 2
        assert await self.counted(storage, there, ada) == 1
        assert await self.counted(storage, there, bob) == 2
        assert await self.counted(storage, *(secrets.token_bytes(32) for _ in range(2))) == 0
        await moved(storage.unit_of_work, orders[0], lambda order: order.pay(NOW))
        assert await self.counted(storage, here, ada) == 1

    async def test_settled_orders_are_purged(self, storage: Any) -> None:
        address, email = secrets.token_bytes(32), secrets.token_bytes(32)
        paid, unpaid = await a_guests_order(storage), await a_guests_order(storage)
        for order in (paid, unpaid):
            await self.added(storage, order, address, email)
        await moved(storage.unit_of_work, paid, lambda order: order.pay(NOW))
        async with storage.unit_of_work() as work:
            assert await work.unpaid_guest_orders.purge(9) == 1
        async with storage.unit_of_work() as work:
            assert await work.unpaid_guest_orders.purge(9) == 0
        assert await self.counted(storage, address, email) == 1
        assert (await stored_order(storage.unit_of_work, paid.id)).id == paid.id

    async def test_concurrent_orders_never_exceed_the_limit(self, storage: Any) -> None:
        address, email = secrets.token_bytes(32), secrets.token_bytes(32)
        products = await some_products(storage.unit_of_work)

        @retry_on_conflict
        async def order(source: tuple[bytes, bytes]) -> bool:
            snapshot = replace(a_snapshot("", *products), user_id=None)
            async with storage.unit_of_work() as work:
                if await work.unpaid_guest_orders.count(*source, NOW) >= 3:
                    return False
                await work.orders.add(snapshot, Order.place(snapshot, NOW))
                await work.unpaid_guest_orders.add(snapshot.id, *source)
            return True

        sources = [(address, email), (address, secrets.token_bytes(32)), (email, address)]
        admitted = await asyncio.gather(*(order(sources[0]) for _ in range(8)))
        assert admitted.count(True) == 3
        assert not await order(sources[1])
        assert await order(sources[2])
