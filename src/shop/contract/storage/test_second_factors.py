"""Contract tests: second factors."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import digest, saved, stored, user
from shop.domain.accounts.second_factor import SecondFactor
from shop.domain.accounts.user import User

pytestmark = pytest.mark.anyio

SECRET, OTHER = b"sealed \x00 secret", b"another secret"
CODES = [digest(f"code {number}") for number in range(10)]


async def with_a_factor(storage: Any, step: int = 100) -> User:
    owner = user()
    await stored(storage, owner)
    await prepared(storage, owner, SECRET)
    async with storage.unit_of_work() as work:
        await work.users.lock(owner.id)
        factor = await work.second_factors.get(owner.id)
        await work.second_factors.save_confirmed(factor.confirm(step, CODES))
    return owner


async def prepared(storage: Any, owner: User, secret: bytes) -> None:
    async with storage.unit_of_work() as work:
        await work.second_factors.prepare(owner.id, secret)


async def factor_of(storage: Any, owner: User) -> SecondFactor | None:
    async with storage.unit_of_work() as work:
        factor: SecondFactor | None = await work.second_factors.get(owner.id)
        return factor


async def test_a_secret_is_pending_until_it_is_confirmed(storage: Any) -> None:
    owner = user()
    await stored(storage, owner)
    assert await factor_of(storage, owner) is None
    await prepared(storage, owner, OTHER)
    await prepared(storage, owner, SECRET)
    pending = SecondFactor(user_id=owner.id, pending_secret=SECRET)
    assert await factor_of(storage, owner) == pending
    async with storage.unit_of_work() as work:
        await work.users.lock(owner.id)
        await work.second_factors.save_confirmed(pending.confirm(7, CODES))
    assert await factor_of(storage, owner) == SecondFactor(
        user_id=owner.id, secret=SECRET, last_step=7, recovery_codes=frozenset(CODES)
    )


async def test_a_second_pending_secret_does_not_affect_the_active_one(storage: Any) -> None:
    owner = await with_a_factor(storage)
    before = await factor_of(storage, owner)
    assert before is not None
    await prepared(storage, owner, OTHER)
    assert await factor_of(storage, owner) == replace(before, pending_secret=OTHER)
    async with storage.unit_of_work() as work:
        await work.users.lock(owner.id)
        await work.second_factors.save_confirmed(
            replace(before, pending_secret=OTHER).confirm(5, [digest(f"new {n}") for n in range(10)])
        )
    after = await factor_of(storage, owner)
    assert after is not None
    assert (after.secret, after.pending_secret, after.last_step) == (OTHER, None, 5)
    assert not after.recovery_codes & frozenset(CODES)
    assert len(after.recovery_codes) == 10


async def test_a_step_is_spent_once_by_concurrent_logins(storage: Any) -> None:
    owner = await with_a_factor(storage)

    @retry_on_conflict
    async def spend(secret: bytes, step: int) -> bool:
        async with storage.unit_of_work() as work:
            spent: bool = await work.second_factors.spend_step(owner.id, secret, step)
            return spent

    assert sorted(await asyncio.gather(*(spend(SECRET, 101) for _ in range(12)))) == [False] * 11 + [True]
    assert not await spend(SECRET, 100)
    assert not await spend(OTHER, 102)
    assert await spend(SECRET, 102)


async def test_a_recovery_code_is_spent_once_by_concurrent_logins(storage: Any) -> None:
    owner = await with_a_factor(storage)

    @retry_on_conflict
    async def spend(code: bytes) -> bool:
        async with storage.unit_of_work() as work:
            spent: bool = await work.second_factors.spend_recovery_code(owner.id, code)
            return spent

    assert sorted(await asyncio.gather(*(spend(CODES[3]) for _ in range(12)))) == [False] * 11 + [True]
    assert not await spend(digest("unknown"))
    factor = await factor_of(storage, owner)
    assert factor is not None
    assert factor.recovery_codes == frozenset(CODES) - {CODES[3]}


async def test_deleting_a_factor_deletes_its_codes(storage: Any) -> None:
    owner, other = await with_a_factor(storage), user("Eve")
    await stored(storage, other)
    await prepared(storage, other, OTHER)
    async with storage.unit_of_work() as work:
        await work.second_factors.delete(owner.id)
        await work.second_factors.delete("unknown")
    async with storage.unit_of_work() as work:
        assert await work.second_factors.get(owner.id) is None
        assert not await work.second_factors.spend_recovery_code(owner.id, CODES[0])
        assert await work.second_factors.get(other.id) is not None


async def test_principals_and_views_show_whether_a_factor_is_set(storage: Any) -> None:
    owner = user()
    await stored(storage, owner)
    assert (await storage.users.user(owner.id)).totp_enabled is False
    await saved(storage, owner.with_second_factor(enabled=True))
    assert (await storage.users.user(owner.id)).totp_enabled is True
    async with storage.unit_of_work() as work:
        found = await work.users.get(owner.id)
        assert found is not None
        assert found.totp_enabled
