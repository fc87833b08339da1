"""Signing up, logging in, refreshing, logging out."""

import asyncio
from hashlib import sha256

import pytest

from shop.application.accounts.administration import RightsChange
from shop.application.accounts.signing_up import NewAccount
from shop.domain.accounts.credentials import EmailTaken, UsernameTaken
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import WrongCredentials
from shop.domain.errors import ValidationFailed
from tests.accounts import ADDRESS, PASSWORD, Accounts

pytestmark = pytest.mark.anyio


async def fail(accounts: Accounts, times: int, username: str = "ada", address: str = ADDRESS) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await accounts.login(username, "a wrong password", address)


async def throttled(accounts: Accounts, username: str = "ada", address: str = ADDRESS) -> int:
    """How many seconds a login with the right password has to wait."""
    with pytest.raises(TooManyFailedLogins) as refusal:
        await accounts.login(username, PASSWORD, address)
    assert refusal.value.retry_after is not None
    return refusal.value.retry_after


class TestSigningUp:
    async def test_sign_up_creates_a_customer(self, accounts: Accounts) -> None:
        answer = await accounts.sign_up(
            NewAccount(username="Ada", password=PASSWORD, display_name="Ada L", email="ada@example.com")
        )
        assert (answer.user.username, answer.user.role) == ("Ada", "customer")
        user = await accounts.queries.user(answer.user.id)
        assert user is not None
        assert (user.profile.display_name, user.profile.email) == ("Ada L", "ada@example.com")
        assert user.created_at == accounts.clock.now()

    async def test_a_taken_name_or_email_is_refused(self, accounts: Accounts) -> None:
        await accounts.customer("ada", email="ada@example.com")
        with pytest.raises(UsernameTaken):
            await accounts.customer("ADA")
        with pytest.raises(EmailTaken):
            await accounts.customer("bob", email="Ada@Example.com")

    async def test_one_of_several_racing_for_a_name_succeeds(self, accounts: Accounts) -> None:
        outcomes = await asyncio.gather(
            *(accounts.customer("ada") for _ in range(10)), return_exceptions=True
        )
        assert outcomes.count(None) == 1
        assert {type(outcome) for outcome in outcomes} == {type(None), UsernameTaken}

    async def test_every_broken_rule_is_named_at_once(self, accounts: Accounts) -> None:
        with pytest.raises(ValidationFailed) as refusal:
            await accounts.sign_up(
                NewAccount(username="a b", password="password123", display_name=" ", email="nowhere")
            )
        assert refusal.value.details.keys() == {"username", "password", "display_name", "email"}

    async def test_an_admin_is_made_at_the_command_line_only(self, accounts: Accounts) -> None:
        assert (await accounts.create_admin("boss", PASSWORD)).role == "admin"
        assert (await accounts.principal(await accounts.login("boss"))).role == Role.ADMIN


class TestLoggingIn:
    @pytest.mark.parametrize("name", ["ada", "ADA", "Ada@Example.com"])
    async def test_username_and_email_both_log_in(self, accounts: Accounts, name: str) -> None:
        await accounts.customer("Ada", email="ada@example.com")
        login = await accounts.login(name)
        principal = await accounts.principal(login)
        assert (principal.username, principal.role) == ("Ada", Role.CUSTOMER)
        assert (login.expires_in, login.token_type) == (3600, "Bearer")
        assert login.user.id == principal.user_id

    async def test_the_response_does_not_say_what_was_wrong(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.customer("off")
        await accounts.create_admin("boss", PASSWORD)
        await accounts.change_user("off", RightsChange(active=False))
        refusals = []
        for name, password in (
            ("ada", "wrong"),
            ("nobody", PASSWORD),
            ("off", PASSWORD),
            ("ada", "x" * 9999),
        ):
            with pytest.raises(WrongCredentials) as refusal:
                await accounts.login(name, password)
            refusals.append((refusal.value.code, refusal.value.message, refusal.value.details))
        assert refusals == [refusals[0]] * 4

    async def test_unknown_users_cost_a_comparison_too(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        for name in ("ada", "nobody", "not a name"):
            before = accounts.passwords.compared
            await fail(accounts, 1, name)
            assert accounts.passwords.compared == before + 1

    async def test_a_password_longer_than_any_is_not_even_hashed(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        with pytest.raises(WrongCredentials):
            await accounts.login("ada", PASSWORD + "x" * 1_000_000)
        assert accounts.passwords.compared == 0

    async def test_outdated_hashes_are_renewed(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        stronger = Accounts(accounts.storage, iterations=2)
        async with accounts.storage.unit_of_work() as work:
            old = await work.users.find("ada")
        await stronger.login("ada")
        async with accounts.storage.unit_of_work() as work:
            new = await work.users.find("ada")
        assert "t=1," in old.password_hash
        assert "t=2," in new.password_hash
        await stronger.login("ada")
        stronger.passwords.close()


class TestThrottling:
    async def test_ten_failures_lock_an_account(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await fail(accounts, 10)
        assert await throttled(accounts) == 15 * 60
        assert accounts.passwords.compared == 10

    async def test_unknown_accounts_are_throttled_too(self, accounts: Accounts) -> None:
        await fail(accounts, 5, "Nobody")
        await fail(accounts, 5, "nobody")
        assert await throttled(accounts, "NOBODY") == 15 * 60

    async def test_both_names_of_an_account_share_a_counter(self, accounts: Accounts) -> None:
        await accounts.customer("ada", email="ada@example.com")
        await fail(accounts, 5, "ada")
        await fail(accounts, 5, "ada@example.com")
        await throttled(accounts, "ada")
        await throttled(accounts, "ADA@example.com")

    async def test_an_address_has_a_hundred_whatever_the_accounts(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        for number in range(100):
            await fail(accounts, 1, f"user{number}")
        assert await throttled(accounts, "ada") == 15 * 60
        await accounts.login("ada", address="192.0.2.2")

    async def test_ipv6_addresses_are_counted_by_network(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        for number in range(100):
            await fail(accounts, 1, f"user{number}", f"2001:db8::{number:x}")
        await throttled(accounts, address="2001:db8::ffff")
        await accounts.login("ada", address="2001:db8:0:1::1")

    async def test_successes_and_sign_ups_do_not_count(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await fail(accounts, 9)
        for _ in range(20):
            await accounts.login()
        await fail(accounts, 1)
        await throttled(accounts)
        await accounts.customer("bob")

    async def test_retry_after_tells_when_the_oldest_failure_is_forgotten(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await fail(accounts, 1)
        accounts.clock.advance(minutes=5, milliseconds=1)
        await fail(accounts, 9)
        wait = await throttled(accounts)
        assert wait == 10 * 60
        accounts.clock.advance(seconds=wait - 1)
        assert await throttled(accounts) == 1
        accounts.clock.advance(seconds=1)
        await accounts.login()
        await fail(accounts, 1)
        assert 0 < await throttled(accounts) <= 5 * 60

    async def test_a_hundred_concurrent_guesses_get_ten_comparisons(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        outcomes = await asyncio.gather(
            *(accounts.login("ada", f"guess {number}") for number in range(100)), return_exceptions=True
        )
        kinds = [type(outcome) for outcome in outcomes]
        assert (kinds.count(WrongCredentials), kinds.count(TooManyFailedLogins)) == (10, 90)
        assert accounts.passwords.compared == 10

    async def test_concurrent_correct_passwords_never_use_up_the_limit(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await fail(accounts, 9)
        logins = await asyncio.gather(*(accounts.login() for _ in range(40)))
        assert len({login.refresh_token for login in logins}) == 40

    async def test_guesses_from_elsewhere_do_not_lock_out_a_known_address(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.login(address="198.51.100.7")
        await fail(accounts, 10, address="203.0.113.9")
        await throttled(accounts, address="203.0.113.9")
        await throttled(accounts, address="203.0.113.10")
        await accounts.login(address="198.51.100.7")
        await fail(accounts, 10, address="198.51.100.7")
        assert await throttled(accounts, address="198.51.100.7") == 15 * 60

    async def test_a_known_address_is_one_of_this_account_only(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.customer("eve")
        await accounts.login("eve", address="203.0.113.9")
        await fail(accounts, 10, address="198.51.100.7")
        await throttled(accounts, address="203.0.113.9")

    async def test_a_network_of_ipv6_is_known_as_a_whole(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.login(address="2001:db8::1")
        await fail(accounts, 10, address="203.0.113.9")
        await throttled(accounts, address="2001:db8:0:1::1")
        await accounts.login(address="2001:db8::ffff")

    async def test_a_known_address_still_has_a_hundred_failures_in_all(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.login(address="198.51.100.7")
        for number in range(100):
            await fail(accounts, 1, f"user{number}", "198.51.100.7")
        await throttled(accounts, address="198.51.100.7")

    @pytest.mark.parametrize("forgotten", [False, True])
    async def test_an_address_is_known_for_thirty_days(self, accounts: Accounts, forgotten: bool) -> None:
        await accounts.customer("ada")
        await accounts.login(address="198.51.100.7")
        accounts.clock.advance(days=30)
        await fail(accounts, 10, address="203.0.113.9")
        await accounts.login(address="198.51.100.7")
        accounts.clock.advance(days=30, seconds=1)
        if forgotten:
            while await accounts.purge_expired_sessions():
                pass
        await fail(accounts, 10, address="203.0.113.9")
        await throttled(accounts, address="198.51.100.7")

    async def test_clients_of_ipv4_differ_on_a_socket_for_both(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        for number in range(100):
            await fail(accounts, 1, f"user{number}", "::ffff:203.0.113.9")
        await throttled(accounts, address="203.0.113.9")
        await accounts.login(address="::ffff:198.51.100.7")

    async def test_addresses_are_stored_only_as_keyed_digests(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.login(address="198.51.100.7")
        await fail(accounts, 1, address="198.51.100.7")
        kept = repr(accounts.storage.store.tables)
        assert "198.51.100.7" not in kept
        assert repr(sha256(b"198.51.100.7").digest()) not in kept

    async def test_an_attempt_whose_process_died_counts_as_failed(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await fail(accounts, 9)
        accounts.passwords.comparing.clear()
        dying = asyncio.create_task(accounts.login())
        await accounts.passwords.comparing.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        accounts.clock.advance(seconds=31)
        assert await throttled(accounts) == 15 * 60 - 31
