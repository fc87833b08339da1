"""Sessions and refused logins, shared between instances."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.application.accounts.administration import RightsChange
from shop.application.accounts.views import LoginView
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal, WrongCredentials
from tests.accounts import PASSWORD, Accounts, FrozenClock
from tests.shared_reads import SharedMemory

pytestmark = pytest.mark.anyio


class CountingStorage(MemoryStorage):
    """Counts transactions, and reads of a session's principal."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions = 0
        self.principals = 0
        self.users.principal = self._counted(self.users.principal)  # type: ignore[method-assign]

    def unit_of_work(self) -> Any:
        self.transactions += 1
        return super().unit_of_work()

    def _counted(self, principal: Any) -> Any:
        async def counted(session_id: str) -> Principal | None:
            self.principals += 1
            found: Principal | None = await principal(session_id)
            return found

        return counted


class Instances:
    """Two instances on one storage. The test controls the event loop's time."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.seconds = 0.0
        started = loop.time()
        loop.time = lambda: started + self.seconds  # type: ignore[method-assign]
        self.storage = CountingStorage()
        self.shared = SharedMemory(loop.time)
        clock = FrozenClock()
        self.here, self.there = (Accounts(self.storage, clock, shared=self.shared) for _ in range(2))

    async def login(self) -> LoginView:
        await self.here.customer()
        return await self.here.login()

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.here.clock.advance(seconds=seconds)


@pytest.fixture
async def instances(anyio_backend: str) -> AsyncIterator[Instances]:
    loop = asyncio.get_running_loop()
    started = Instances()
    yield started
    del loop.time  # type: ignore[method-assign]
    for each in (started.here, started.there):
        each.passwords.close()


@pytest.fixture
def accounts(anyio_backend: str) -> Iterator[Accounts]:
    alone = Accounts(CountingStorage())
    yield alone
    alone.passwords.close()


async def test_instances_share_one_read_of_a_session(instances: Instances) -> None:
    login = await instances.login()
    assert await instances.here.principal(login) == await instances.there.principal(login)
    assert instances.storage.principals == 1


async def test_a_logout_is_immediate_here_and_elsewhere_within_a_second(instances: Instances) -> None:
    login = await instances.login()
    principal = await instances.here.principal(login)
    instances.advance(0.2)
    await instances.there.principal(login)
    instances.advance(0.2)
    await instances.here.log_out(principal)
    assert await instances.here.authenticate(login.access_token) is None
    instances.advance(0.5)  # 0.9 s after the session was read, 0.7 s after the other instance cached it
    assert await instances.there.authenticate(login.access_token) is None


async def test_a_changed_role_is_seen_immediately_by_the_same_instance(instances: Instances) -> None:
    login = await instances.login()
    await instances.there.principal(login)
    await instances.here.principal(login)
    await instances.here.change_user("ada", RightsChange(role="admin"))
    assert (await instances.here.principal(login)).role == Role.ADMIN
    instances.advance(0.95)
    assert (await instances.there.principal(login)).role == Role.ADMIN


async def test_a_burst_of_guesses_is_refused_without_the_database(instances: Instances) -> None:
    await instances.here.customer()
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await instances.here.login(password="wrong", address=f"192.0.2.{number}")
    with pytest.raises(TooManyFailedLogins):
        await instances.here.login()
    before = instances.storage.transactions
    for instance in (instances.here, instances.there):
        for number in range(20):
            with pytest.raises(TooManyFailedLogins):
                await instance.login(address=f"192.0.2.{number}")
    assert instances.storage.transactions == before
    instances.advance(0.95)
    with pytest.raises(TooManyFailedLogins):
        await instances.there.login()
    assert instances.storage.transactions == before + 1, "the database is asked again every second"


async def test_cached_refusals_do_not_apply_at_known_addresses(instances: Instances) -> None:
    await instances.here.customer()
    await instances.here.login(address="198.51.100.7")
    for number in range(10):
        with pytest.raises(WrongCredentials):
            await instances.here.login(password="wrong", address=f"192.0.2.{number}")
    with pytest.raises(TooManyFailedLogins):
        await instances.here.login()
    for instance in (instances.here, instances.there):
        await instance.login(address="198.51.100.7")
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await instances.here.login(password="wrong", address="198.51.100.7")
    with pytest.raises(TooManyFailedLogins):
        await instances.here.login(address="198.51.100.7")
    before = instances.storage.transactions
    for instance in (instances.here, instances.there):
        for address in ("198.51.100.7", "192.0.2.1"):
            with pytest.raises(TooManyFailedLogins):
                await instance.login(address=address)
    assert instances.storage.transactions == before


async def test_a_single_instance_caches_refusals_too(accounts: Accounts) -> None:
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await accounts.login("nobody", "wrong")
    with pytest.raises(TooManyFailedLogins):
        await accounts.login("nobody")
    before = accounts.storage.transactions
    with pytest.raises(TooManyFailedLogins):
        await accounts.login("nobody")
    assert accounts.storage.transactions == before


async def test_an_address_is_refused_for_all_accounts(instances: Instances) -> None:
    await instances.here.customer()
    for number in range(100):
        with pytest.raises(WrongCredentials):
            await instances.here.login(f"nobody{number}", "wrong")
    with pytest.raises(TooManyFailedLogins):
        await instances.here.login()
    before = instances.storage.transactions
    with pytest.raises(TooManyFailedLogins):
        await instances.there.login("another user")
    assert instances.storage.transactions == before
    await instances.there.login(address="192.0.2.77")


async def test_a_cached_refusal_never_outlasts_the_databases(instances: Instances) -> None:
    await instances.here.customer()
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await instances.here.login(password="wrong")
    instances.advance(15 * 60 - 0.5)
    with pytest.raises(TooManyFailedLogins) as refused:
        await instances.here.login()
    assert refused.value.retry_after == 1
    instances.advance(0.5)
    assert await instances.here.login(password=PASSWORD)


async def test_failed_logins_under_a_lookalike_name_do_not_lock_the_account(instances: Instances) -> None:
    """The Kelvin sign, `\u212a`, folds to `k`, but is in no account's name."""
    await instances.here.customer("karl")
    for _ in range(11):
        with pytest.raises((WrongCredentials, TooManyFailedLogins)):
            await instances.here.login("\u212aarl", "wrong")
    assert await instances.here.login("karl")
