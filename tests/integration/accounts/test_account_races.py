"""Account flows on every storage: races between several instances, and the cost of a login."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from shop.adapters.sql.storage import SqlStorage
from shop.application.accounts.administration import RightsChange
from shop.application.accounts.own_account import PasswordChange, Profile, ProfileUpdate
from shop.application.accounts.views import LoginView, ProfileView, UserView
from shop.domain.accounts.credentials import UsernameTaken
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.session import InvalidRefreshToken
from shop.domain.accounts.user import LastAdmin, WrongCredentials, WrongPassword
from shop.domain.errors import PreconditionFailed
from tests.accounts import ADDRESS, PASSWORD, Accounts

pytestmark = pytest.mark.anyio


@pytest.fixture
def instances(storage: Any) -> Iterator[list[Accounts]]:
    """Three instances of the shop on one storage, with one clock."""
    first = Accounts(storage)
    instances = [first, Accounts(storage, first.clock), Accounts(storage, first.clock)]
    yield instances
    for instance in instances:
        instance.passwords.close()


def kinds(outcomes: list[Any]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


async def concurrent_logins(instances: list[Accounts]) -> list[LoginView]:
    """Log ada in twelve times at once, which opens the connections that the next step uses."""
    return await asyncio.gather(*(instances[number % 3].login("ada") for number in range(12)))


async def test_a_hundred_concurrent_guesses_get_ten_comparisons(instances: list[Accounts]) -> None:
    await instances[0].customer("ada", email="ada@example.com")
    outcomes = await asyncio.gather(
        *(
            instances[number % 3].login(
                "ada" if number % 2 else "ADA@example.com", f"guess {number}", f"192.0.2.{number}"
            )
            for number in range(100)
        ),
        return_exceptions=True,
    )
    assert kinds(outcomes) == {WrongCredentials: 10, TooManyFailedLogins: 90}
    assert sum(instance.passwords.compared for instance in instances) == 10


async def test_an_address_gets_a_hundred_attempts_across_accounts(instances: list[Accounts]) -> None:
    outcomes = await asyncio.gather(
        *(instances[number % 3].login(f"user{number}", "guess") for number in range(130)),
        return_exceptions=True,
    )
    assert kinds(outcomes) == {WrongCredentials: 100, TooManyFailedLogins: 30}
    assert sum(instance.passwords.compared for instance in instances) == 100


async def test_concurrent_correct_passwords_all_succeed(instances: list[Accounts]) -> None:
    await instances[0].customer("ada")
    for _ in range(8):
        with pytest.raises(WrongCredentials):
            await instances[0].login("ada", "wrong")
    logins = await asyncio.gather(*(instances[number % 3].login("ada") for number in range(24)))
    assert len({login.access_token for login in logins}) == 24


async def test_twelve_concurrent_refreshes_get_the_same_successor(instances: list[Accounts]) -> None:
    await instances[0].customer("ada")
    login = await concurrent_logins(instances)
    answers = await asyncio.gather(*(instances[number % 3].refresh(login[0]) for number in range(12)))
    assert len({answer.refresh_token for answer in answers}) == 1
    for answer in answers:
        assert (await instances[0].principal(answer)).username == "ada"
    following = await asyncio.gather(*(instance.refresh(answers[0]) for instance in instances))
    assert len({answer.refresh_token for answer in following}) == 1


async def test_a_stolen_token_among_concurrent_refreshes_ends_the_session(instances: list[Accounts]) -> None:
    await instances[0].customer("ada")
    stolen = (await concurrent_logins(instances))[0]
    current = await instances[0].refresh(await instances[0].refresh(stolen))
    await asyncio.gather(
        *(instances[number % 3].refresh(stolen if number % 4 else current) for number in range(12)),
        return_exceptions=True,
    )
    with pytest.raises(InvalidRefreshToken):
        await instances[0].refresh(current)
    fresh = Accounts(instances[0].storage, instances[0].clock)
    assert await fresh.authenticate(current.access_token) is None
    fresh.passwords.close()


async def test_one_of_twelve_concurrent_sign_ups_with_a_name_succeeds(instances: list[Accounts]) -> None:
    outcomes = await asyncio.gather(
        *(instances[number % 3].customer("ADA" if number % 2 else "ada") for number in range(12)),
        return_exceptions=True,
    )
    assert kinds(outcomes) == {type(None): 1, UsernameTaken: 11}


async def test_concurrent_removals_of_all_admins_leave_one(instances: list[Accounts]) -> None:
    for number in range(6):
        await instances[0].create_admin(f"admin{number}", PASSWORD)
    first, second, third = instances
    outcomes = await asyncio.gather(
        first.change_user("admin0", RightsChange(role="customer")),
        second.change_user("admin1", RightsChange(role="customer")),
        third.change_user("admin2", RightsChange(active=False)),
        first.change_user("admin3", RightsChange(active=False)),
        second.close_account("admin4"),
        third.close_account("admin5"),
        return_exceptions=True,
    )
    assert kinds(outcomes)[LastAdmin] == 1
    async with first.storage.unit_of_work() as work:
        assert len(await work.users.lock_active_admins()) == 1


async def test_a_password_change_ends_concurrent_logins_with_the_old_password(
    instances: list[Accounts],
) -> None:
    first, second, third = instances
    await first.customer("ada")
    here = await first.login("ada")
    ada = await first.principal(here)
    outcomes = await asyncio.gather(
        *(second.login("ada") for _ in range(6)),
        first.change_password(ada, PasswordChange(PASSWORD, "a new password"), ADDRESS),
        *(third.login("ada") for _ in range(6)),
        return_exceptions=True,
    )
    assert WrongPassword not in kinds(outcomes)
    fresh = Accounts(first.storage, first.clock)
    for login in outcomes:
        if isinstance(login, LoginView):
            assert await fresh.authenticate(login.access_token) is None
            with pytest.raises(InvalidRefreshToken):
                await fresh.refresh(login)
    assert await fresh.principal(here) == ada
    await fresh.login("ada", "a new password")
    fresh.passwords.close()


async def test_one_of_ten_concurrent_edits_of_a_version_succeeds(instances: list[Accounts]) -> None:
    await instances[0].customer("ada")
    ada = await instances[0].principal((await concurrent_logins(instances))[0])
    outcomes = await asyncio.gather(
        *(
            instances[number % 3].update_profile(ada, ProfileUpdate(Profile(f"Ada {number}")), frozenset({1}))
            for number in range(10)
        ),
        return_exceptions=True,
    )
    assert kinds(outcomes) == {UserView: 1, PreconditionFailed: 9}


async def test_concurrent_edits_of_different_fields_lose_nothing(instances: list[Accounts]) -> None:
    await instances[0].customer("ada")
    ada = await instances[0].principal((await concurrent_logins(instances))[0])
    await asyncio.gather(
        instances[0].update_profile(ada, ProfileUpdate(Profile(display_name="Ada L"))),
        instances[1].update_profile(ada, ProfileUpdate(Profile(email="ada@example.com"))),
        instances[2].change_user("ada", RightsChange(role="admin")),
        instances[0].change_password(ada, PasswordChange(PASSWORD, "a new password"), ADDRESS),
    )
    user = await instances[0].queries.user(ada.user_id)
    assert user is not None
    assert (user.role, user.version) == ("admin", 4)
    assert user.profile == ProfileView("Ada L", "ada@example.com", email_verified=False)
    await instances[0].login("ada", "a new password")


async def test_logins_refreshes_and_logouts_cost_few_statements(sql_storage: SqlStorage) -> None:
    accounts = Accounts(sql_storage)
    database = sql_storage.database
    await accounts.customer("ada")
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.writes.sync_engine, "before_cursor_execute", count)
    event.listen(database.reads.sync_engine, "before_cursor_execute", count)

    async def cost(awaitable: Any) -> tuple[int, Any]:
        statements.clear()
        result = await awaitable
        return len([each for each in statements if not each.startswith("BEGIN")]), result

    logging_in, login = await cost(accounts.login("ada"))
    first_request, _ = await cost(accounts.principal(login))
    next_request, _ = await cost(accounts.principal(login))
    refreshing, login = await cost(accounts.refresh(login))
    logging_out, _ = await cost(accounts.log_out(await accounts.principal(login)))
    assert logging_in <= 7
    assert (first_request, next_request, refreshing, logging_out) == (1, 0, 4, 1)
    accounts.passwords.close()
