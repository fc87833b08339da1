"""Contract tests: API keys."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.accounts.views import ApiKeyView
from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, digest, saved, stored, user
from shop.contract.storage.test_roles import a_role, kept
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.permissions import Permission, with_reads
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User

pytestmark = pytest.mark.anyio

_ids = RandomIds()
HOUR = timedelta(hours=1)


def a_key(maker: User, *permissions: Permission, expires_at: datetime | None = None) -> ApiKey:
    secret = f"shop_sk_{_ids.new_secret()}"
    return ApiKey.create(
        key_id=_ids.new_id(),
        name="Schlüssel ✓",
        secret=secret,
        digest=digest(secret),
        permissions=permissions,
        made_by=maker.id,
        expires_at=expires_at,
        at=NOW,
    )


async def added(storage: Any, *keys: ApiKey) -> None:
    for key in keys:
        async with storage.unit_of_work() as work:
            await work.api_keys.add(key)


async def test_a_key_comes_back_as_stored(storage: Any) -> None:
    boss = user(role=Role.ADMIN)
    await stored(storage, boss)
    key = a_key(boss, *Permission, expires_at=NOW + HOUR)
    other = a_key(boss)
    await added(storage, key, other)
    async with storage.unit_of_work() as work:
        assert await work.api_keys.lock(key.id) == key
        assert await work.api_keys.lock("unknown") is None
    assert await storage.api_keys.key(other.id) == ApiKeyView.of(other)
    assert await storage.api_keys.key("unknown") is None
    page = await storage.api_keys.page(1, 1)
    assert (page.total, page.items) == (2, [ApiKeyView.of(key)])
    revised = key.revise("Other", [Permission.ORDERS_READ], None, NOW)
    async with storage.unit_of_work() as work:
        await work.api_keys.lock(key.id)
        await work.api_keys.save(revised)
    assert await storage.api_keys.key(key.id) == ApiKeyView.of(revised)


async def test_a_key_has_the_permissions_that_it_shares_with_its_creator(storage: Any) -> None:
    role = a_role("Packer", Permission.ORDERS_WRITE, Permission.CATALOGUE_READ)
    await kept(storage, role)
    boss = user(role=role.role)
    await stored(storage, boss)
    key = a_key(boss, Permission.ORDERS_WRITE, Permission.STAFF_WRITE, expires_at=NOW + HOUR)
    await added(storage, key)
    found = await storage.api_keys.active(key.digest)
    assert (found.expires_at, found.last_used_at) == (NOW + HOUR, None)
    principal = found.principal
    assert (principal.user_id, principal.username, principal.api_key) == (boss.id, "Ada", key.id)
    assert principal.role.permissions == with_reads([Permission.ORDERS_WRITE])
    async with storage.unit_of_work() as work:
        await work.roles.lock(role.id)
        await work.roles.save(role.revise("Packer", [Permission.ORDERS_READ]))
    assert (await storage.api_keys.active(key.digest)).principal.role.permissions == {Permission.ORDERS_READ}
    await saved(storage, replace(boss, role=Role.CUSTOMER))
    assert (await storage.api_keys.active(key.digest)).principal.role.permissions == frozenset()
    await saved(storage, replace(boss, active=False))
    assert await storage.api_keys.active(key.digest) is None
    assert await storage.api_keys.active(digest("unknown")) is None


async def test_a_revoked_key_remains_only_in_the_audit_trail(storage: Any) -> None:
    boss = user(role=Role.ADMIN)
    await stored(storage, boss)
    key = a_key(boss, *Permission)
    await added(storage, key)
    async with storage.unit_of_work() as work:
        await work.api_keys.save((await work.api_keys.lock(key.id)).revoke(NOW))
    async with storage.unit_of_work() as work:
        assert await work.api_keys.lock(key.id) is None
    assert await storage.api_keys.active(key.digest) is None
    assert await storage.api_keys.key(key.id) is None
    assert (await storage.api_keys.page(1, 10)).total == 0


async def test_uses_are_recorded_at_intervals(storage: Any) -> None:
    boss = user(role=Role.ADMIN)
    await stored(storage, boss)
    key = a_key(boss)
    await added(storage, key)

    @retry_on_conflict
    async def use(at: datetime) -> None:
        async with storage.unit_of_work() as work:
            await work.api_keys.record_use(key.digest, at, at - HOUR)

    await asyncio.gather(*(use(NOW) for _ in range(6)))
    for at, expected in ((NOW + HOUR / 2, NOW), (NOW + HOUR, NOW + HOUR), (NOW, NOW + HOUR)):
        await use(at)
        assert (await storage.api_keys.active(key.digest)).last_used_at == expected
    async with storage.unit_of_work() as work:
        await work.api_keys.lock(key.id)
        await work.api_keys.save(key.revise("Other", [], None, NOW))
    assert (await storage.api_keys.key(key.id)).last_used_at == NOW + HOUR, "a change does not undo it"
