"""Correctness does not depend on the isolation level: it holds under REPEATABLE READ, which shows old rows.

Each test reads something first, so that its transaction has a snapshot, and then another transaction commits.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.idempotency import IdempotencyKey, KeyRecord
from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_payment,
    a_snapshot,
    a_user,
    moved,
    placed,
    some_products,
    stored_promo_code,
)
from shop.domain.orders.order import OrderStatus
from shop.domain.promotions.promo_code import CodeUser, PromoCodeNotApplicable, Refusal

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url))

    @event.listens_for(opened.database.writes.sync_engine, "connect")
    def use_snapshots(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.close()

    yield opened
    await opened.close()


async def test_a_plain_read_shows_the_old_snapshot(storage: SqlStorage) -> None:
    """The other tests rely on this."""
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work))
    async with storage.unit_of_work() as work:
        assert await work.promo_codes.get("SPRING", CodeUser(cart.buyer.user_id)) is None
        await stored_promo_code(storage.unit_of_work, "SPRING")
        assert await work.promo_codes.get("SPRING", CodeUser(cart.buyer.user_id)) is None


async def test_a_locked_cart_has_the_current_lines(storage: SqlStorage) -> None:
    first, second = await some_products(storage.unit_of_work, 2)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), first)
    changed = cart.add(second, 2).set_quantity(first, 5)
    async with storage.unit_of_work() as work:
        await work.users.get(cart.buyer.user_id)
        async with storage.unit_of_work() as other:
            await other.carts.save(changed, cart, NOW)
        assert await work.carts.lock(cart.buyer) == changed


async def test_a_locked_order_is_current(storage: SqlStorage) -> None:
    user_id = await a_user(storage.unit_of_work)
    order = await placed(
        storage.unit_of_work, a_snapshot(user_id, *await some_products(storage.unit_of_work))
    )
    async with storage.unit_of_work() as work:
        await work.users.get(user_id)
        await moved(storage.unit_of_work, order, lambda order: order.pay(NOW))
        present = await work.orders.lock(order.id)
        assert present is not None
        assert present.status is OrderStatus.PAID


async def test_a_claimed_key_has_the_current_answer(storage: SqlStorage) -> None:
    key = IdempotencyKey(await a_user(storage.unit_of_work), "a key", "0f" * 32)
    record = KeyRecord(key.fingerprint, None, None, NOW, NOW)
    async with storage.unit_of_work() as work:
        await work.idempotency_keys.claim(key, record, NOW)
    async with storage.unit_of_work() as work:
        assert (await work.idempotency_keys.find(key)) == record
        async with storage.unit_of_work() as other:
            await other.idempotency_keys.save_answer(key, b"{}")
        present = await work.idempotency_keys.claim(key, record, NOW - timedelta(days=1))
        assert present is not None
        assert present.answer == b"{}"


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [({"usage_limit": 1}, Refusal.USED_UP), ({"per_customer_limit": 1}, Refusal.CUSTOMER_LIMIT)],
)
async def test_a_claimed_promo_code_counts_every_use(
    storage: SqlStorage, rules: dict[str, int], refusal: Refusal
) -> None:
    user_id = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work)
    promo_code = await stored_promo_code(storage.unit_of_work, **rules)
    first, second = [await placed(storage.unit_of_work, a_snapshot(user_id, *products)) for _ in range(2)]

    async def claims_too_late() -> None:
        async with storage.unit_of_work() as work:
            assert await work.promo_codes.get(promo_code.code, CodeUser(user_id)) == (promo_code, 0)
            async with storage.unit_of_work() as other:
                await other.promo_codes.claim_use(promo_code, first.id, CodeUser(user_id), NOW)
            await work.promo_codes.claim_use(promo_code, second.id, CodeUser(user_id), NOW)

    with pytest.raises(PromoCodeNotApplicable) as caught:
        await claims_too_late()
    assert caught.value.refusal is refusal


async def test_an_attempt_that_has_a_payment_gets_no_other(storage: SqlStorage) -> None:
    user_id = await a_user(storage.unit_of_work)
    order = await placed(
        storage.unit_of_work, a_snapshot(user_id, *await some_products(storage.unit_of_work))
    )
    async with storage.unit_of_work() as work:
        assert await work.payments.latest(order.id) is None
        async with storage.unit_of_work() as other:
            assert await other.payments.add(a_payment(order))
        assert not await work.payments.add(a_payment(order, intent_id="another"))
