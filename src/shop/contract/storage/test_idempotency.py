"""Contract tests: idempotency keys."""

import asyncio
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey, KeyOwner, KeyRecord
from shop.contract.order_samples import NOW, a_user, an_order, ids, rolled_back
from shop.domain.carts.buyer import Guest
from shop.domain.carts.cart import Cart
from shop.domain.errors import Unauthenticated
from shop.domain.orders.access import OrderToken

pytestmark = pytest.mark.anyio

FINGERPRINT = "0f" * 32
ANSWER = bytes(range(256)) * 300
"""Arbitrary bytes, more than 64 KiB."""
RETENTION = timedelta(hours=24)


async def a_key(storage: Any, key: str = "a key", user_id: str | None = None) -> IdempotencyKey:
    return IdempotencyKey(user_id or await a_user(storage.unit_of_work), key, FINGERPRINT)


def a_record(created_at: datetime = NOW, **fields: Any) -> KeyRecord:
    lease = created_at + timedelta(seconds=30)
    defaults = {"subject_id": ids.new_id(), "answer": None, "leased_until": lease}
    return KeyRecord(fingerprint=FINGERPRINT, created_at=created_at, **{**defaults, **fields})


async def claimed(storage: Any, key: IdempotencyKey, record: KeyRecord) -> KeyRecord | None:
    """Return the result of a separate claim, with keys expiring RETENTION after their creation."""
    async with storage.unit_of_work() as work:
        existing: KeyRecord | None = await work.idempotency_keys.claim(
            key, record, record.created_at - RETENTION
        )
        return existing


async def found(storage: Any, key: IdempotencyKey) -> KeyRecord | None:
    async with storage.unit_of_work() as work:
        existing: KeyRecord | None = await work.idempotency_keys.find(key)
        return existing


async def answered(storage: Any, key: IdempotencyKey, answer: bytes = ANSWER) -> bool:
    async with storage.unit_of_work() as work:
        saved: bool = await work.idempotency_keys.save_answer(key, answer)
        return saved


@pytest.mark.parametrize("record", [a_record(), a_record(subject_id=None), a_record(answer=ANSWER)])
async def test_the_first_claim_wins_and_others_read_its_record(storage: Any, record: KeyRecord) -> None:
    key = await a_key(storage, "".join(map(chr, range(32, 127))) * 2)
    assert await found(storage, key) is None
    assert await claimed(storage, key, record) is None
    assert await claimed(storage, key, a_record()) == record
    assert await found(storage, key) == record


async def test_a_claim_shows_within_its_own_unit_of_work(storage: Any) -> None:
    key, record = await a_key(storage), a_record()
    async with storage.unit_of_work() as work:
        assert await work.idempotency_keys.claim(key, record, NOW) is None
        assert await work.idempotency_keys.claim(key, a_record(), NOW) == record
        await work.idempotency_keys.save_answer(key, b"{}")
        assert await work.idempotency_keys.find(key) == replace(record, answer=b"{}")


@pytest.mark.parametrize("other", ["A key", "a key ", "a ke", "a key%", "b key", "x" * 255])
async def test_keys_compare_by_their_bytes(storage: Any, other: str) -> None:
    user_id = await a_user(storage.unit_of_work)
    assert await claimed(storage, await a_key(storage, "a key", user_id), a_record()) is None
    assert await claimed(storage, await a_key(storage, other, user_id), a_record()) is None


class TestKeysOfGuests:
    """Keys that belong to a guest's cart, or to an order token."""

    @staticmethod
    async def owned(storage: Any) -> tuple[IdempotencyKey, IdempotencyKey]:
        guest = Guest(ids.new_id(), secrets.token_bytes(32))
        order = await an_order(storage.unit_of_work)
        token = OrderToken(ids.new_id(), order.id, secrets.token_bytes(32), NOW)
        async with storage.unit_of_work() as work:
            await work.carts.add(Cart(guest.cart_id, guest), NOW)
            await work.order_tokens.add(token)
        return (
            IdempotencyKey(guest.cart_id, "a key", FINGERPRINT, owner=KeyOwner.CART),
            IdempotencyKey(token.id, "a key", FINGERPRINT, owner=KeyOwner.ORDER_TOKEN),
        )

    async def test_guest_keys_are_stored_like_user_keys(self, storage: Any) -> None:
        for key in await self.owned(storage):
            record = a_record()
            assert await claimed(storage, key, record) is None
            assert await claimed(storage, key, a_record()) == record

    async def test_concurrent_claims_of_one_key_store_one_record(self, storage: Any) -> None:
        @retry_on_conflict
        async def claim(key: IdempotencyKey) -> KeyRecord | None:
            return await claimed(storage, key, a_record())

        for key in await self.owned(storage):
            records = await asyncio.gather(*(claim(key) for _ in range(8)))
            assert records.count(None) == 1

    async def test_deleted_owners_cannot_claim_keys(self, storage: Any) -> None:
        for owner in (KeyOwner.CART, KeyOwner.ORDER_TOKEN):
            with pytest.raises(Unauthenticated):
                await claimed(
                    storage, IdempotencyKey(ids.new_id(), "k", FINGERPRINT, owner=owner), a_record()
                )


async def test_two_callers_may_use_one_key(storage: Any) -> None:
    assert await claimed(storage, await a_key(storage, "a key"), a_record()) is None
    assert await claimed(storage, await a_key(storage, "a key"), a_record()) is None


async def test_a_rollback_frees_the_key(storage: Any) -> None:
    key = await a_key(storage)
    async with rolled_back(storage.unit_of_work) as work:
        await work.idempotency_keys.claim(key, a_record(), NOW)
    assert await claimed(storage, key, a_record()) is None


async def test_a_unit_of_work_continues_after_a_taken_key(storage: Any) -> None:
    taken, free = await a_key(storage, "taken"), await a_key(storage, "free")
    await claimed(storage, taken, a_record())
    async with storage.unit_of_work() as work:
        assert await work.idempotency_keys.claim(taken, a_record(), NOW) is not None
        assert await work.idempotency_keys.claim(free, a_record(), NOW) is None
    assert await found(storage, free) is not None


class TestAnswers:
    async def test_an_answer_comes_back_byte_for_byte(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, record)
        assert await answered(storage, key)
        assert await claimed(storage, key, a_record()) == replace(record, answer=ANSWER)

    async def test_the_first_answer_stays(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, record)
        saved = await asyncio.gather(*(answered(storage, key, b"%d" % number) for number in range(20)))
        assert saved.count(True) == 1
        kept = await found(storage, key)
        assert kept == replace(record, answer=b"%d" % saved.index(True))

    async def test_an_answer_under_an_unknown_key_is_not_stored(self, storage: Any) -> None:
        key = await a_key(storage)
        assert not await answered(storage, key)
        assert await found(storage, key) is None


class TestAge:
    async def test_an_expired_record_counts_as_absent(self, storage: Any) -> None:
        key, new = await a_key(storage), a_record(NOW + RETENTION + timedelta(microseconds=1))
        await claimed(storage, key, a_record(answer=ANSWER))
        assert await claimed(storage, key, new) is None
        assert await found(storage, key) == new

    async def test_a_record_at_its_expiry_time_still_counts(self, storage: Any) -> None:
        key, old = await a_key(storage), a_record(answer=ANSWER)
        await claimed(storage, key, old)
        assert await claimed(storage, key, a_record(NOW + RETENTION)) == old

    async def test_old_records_are_deleted_oldest_first_up_to_the_limit(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        keys = [await a_key(storage, f"key {age}", user_id) for age in range(6)]
        for age, key in enumerate(keys):
            await claimed(storage, key, a_record(NOW - timedelta(hours=age)))
        async with storage.unit_of_work() as work:
            assert await work.idempotency_keys.delete_before(NOW - timedelta(hours=1), 2) == 2
        assert [await found(storage, key) is None for key in keys] == [False] * 4 + [True] * 2
        async with storage.unit_of_work() as work:
            assert await work.idempotency_keys.delete_before(NOW - timedelta(hours=1), 9) == 2
            assert await work.idempotency_keys.delete_before(NOW - timedelta(hours=1), 9) == 0
        assert [await found(storage, key) is None for key in keys] == [False] * 2 + [True] * 4


class TestTakeOver:
    LATER = NOW + timedelta(minutes=1)

    async def test_a_lease_can_be_renewed_by_its_reader(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, record)
        async with storage.unit_of_work() as work:
            assert await work.idempotency_keys.take_over(key, record, self.LATER)
        assert await found(storage, key) == replace(record, leased_until=self.LATER)

    async def test_a_lease_renewed_by_another_caller_is_not_taken_over(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, replace(record, leased_until=self.LATER))
        async with storage.unit_of_work() as work:
            assert not await work.idempotency_keys.take_over(key, record, self.LATER + timedelta(minutes=1))
        assert await found(storage, key) == replace(record, leased_until=self.LATER)

    async def test_answered_requests_are_not_taken_over(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, record)
        await answered(storage, key)
        async with storage.unit_of_work() as work:
            assert not await work.idempotency_keys.take_over(key, record, self.LATER)

    async def test_an_unknown_key_can_not_be_taken_over(self, storage: Any) -> None:
        key = await a_key(storage)
        async with storage.unit_of_work() as work:
            assert not await work.idempotency_keys.take_over(key, a_record(), self.LATER)


class TestRaces:
    async def test_one_of_twenty_claims_wins_and_the_others_read_its_answer(self, storage: Any) -> None:
        key = await a_key(storage)

        @retry_on_conflict
        async def answer(number: int) -> bytes | None:
            async with storage.unit_of_work() as work:
                existing: KeyRecord | None = await work.idempotency_keys.claim(
                    key, a_record(), NOW - RETENTION
                )
                if existing is not None:
                    return existing.answer
                await work.idempotency_keys.save_answer(key, b"%d" % number)
                return b"%d" % number

        answers = await asyncio.gather(*(answer(number) for number in range(20)))
        assert None not in answers
        assert len(set(answers)) == 1

    async def test_a_failed_claim_lets_the_next_caller_try(self, storage: Any) -> None:
        """The claims wait for each other instead of conflicting, so none is retried."""
        key, runs = await a_key(storage), []

        @retry_on_conflict
        async def fail(number: int) -> None:
            runs.append(number)
            async with storage.unit_of_work() as work:
                assert await work.idempotency_keys.claim(key, a_record(), NOW - RETENTION) is None
                await asyncio.sleep(0)
                raise ZeroDivisionError

        outcomes = await asyncio.gather(*(fail(number) for number in range(12)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ZeroDivisionError] * 12
        assert sorted(runs) == list(range(12))
        assert await found(storage, key) is None

    async def test_one_of_twenty_callers_takes_over_a_dead_record(self, storage: Any) -> None:
        key, record = await a_key(storage), a_record()
        await claimed(storage, key, record)

        @retry_on_conflict
        async def take_over() -> bool:
            async with storage.unit_of_work() as work:
                existing = await work.idempotency_keys.claim(key, a_record(), NOW - RETENTION)
                if existing.leased_until != record.leased_until:
                    return False
                taken: bool = await work.idempotency_keys.take_over(key, existing, TestTakeOver.LATER)
                return taken

        assert sum(await asyncio.gather(*(take_over() for _ in range(20)))) == 1

    async def test_one_of_twenty_callers_gets_the_key_of_an_expired_record(self, storage: Any) -> None:
        key = await a_key(storage)
        await claimed(storage, key, a_record(answer=ANSWER))
        claim = retry_on_conflict(claimed)
        outcomes = await asyncio.gather(
            *(claim(storage, key, a_record(NOW + 2 * RETENTION, subject_id=None)) for _ in range(20))
        )
        assert outcomes.count(None) == 1
        assert all(outcome is None or outcome.created_at == NOW + 2 * RETENTION for outcome in outcomes)
