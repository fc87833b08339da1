"""From tokens to principals, and how long principals are cached."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.security.secrets import RandomIds
from shop.adapters.security.tokens import JwtAccessTokens
from shop.application.accounts.api_key_authentication import ApiKeyAuthentication
from shop.application.accounts.authentication import MAX_CACHED, Authenticate
from shop.application.ports.logins import AccessClaims
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from tests.accounts import FrozenClock

pytestmark = pytest.mark.anyio

ADA = Principal("user", "ada", Role.CUSTOMER, "session")


def _no_keys(clock: FrozenClock) -> ApiKeyAuthentication:
    """Of a shop without API keys."""
    storage = MemoryStorage()
    return ApiKeyAuthentication(storage.api_keys, storage.unit_of_work, clock)


class CountingTokens(JwtAccessTokens):
    read_count = 0

    def read(self, token: str) -> AccessClaims | None:
        self.read_count += 1
        return super().read(token)


class Sessions:
    """The one query that authentication asks."""

    def __init__(self) -> None:
        self.principals = {"session": ADA}
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def principal(self, session_id: str) -> Principal | None:
        self.asked += 1
        found = self.principals.get(session_id)
        self.was_asked.set()
        await self.may_answer.wait()
        return found


class Shop:
    def __init__(self, max_cached: int = MAX_CACHED) -> None:
        self.clock = FrozenClock()
        self.tokens = CountingTokens("s" * 32, timedelta(hours=1), self.clock, RandomIds())
        self.sessions = Sessions()
        keys = _no_keys(self.clock)
        self.authenticate = Authenticate(self.tokens, self.sessions, self.clock, keys, max_cached=max_cached)  # type: ignore[arg-type]

    def token(self, session_id: str = "session") -> str:
        return self.tokens.issue("user", session_id)[0]


@pytest.fixture
def shop(anyio_backend: str) -> Shop:
    return Shop()


async def test_signature_and_session_are_verified_once(shop: Shop) -> None:
    token = shop.token()
    for _ in range(5):
        assert await shop.authenticate(token) == ADA
    assert (shop.tokens.read_count, shop.sessions.asked) == (1, 1)


async def test_another_token_of_the_session_uses_the_cache(shop: Shop) -> None:
    assert await shop.authenticate(shop.token()) == await shop.authenticate(shop.token()) == ADA
    assert shop.sessions.asked == 1


async def test_changes_of_other_processes_are_seen_within_a_second(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.token()
    await shop.authenticate(token)
    shop.sessions.principals.clear()
    loop = asyncio.get_running_loop()
    start = loop.time()
    for seconds, seen in ((0.85, ADA), (0.95, None)):
        monkeypatch.setattr(loop, "time", lambda seconds=seconds: start + seconds)
        assert await shop.authenticate(token) == seen


async def test_an_invalidated_principal_is_read_again(shop: Shop) -> None:
    token = shop.token()
    admin = replace(ADA, role=Role.ADMIN)
    for forget in (
        lambda: shop.authenticate.forget_session("session"),
        lambda: shop.authenticate.forget_user("user"),
    ):
        shop.sessions.principals = {"session": ADA}
        shop.authenticate.forget_user("user")
        assert await shop.authenticate(token) == ADA
        shop.sessions.principals = {"session": admin}
        assert await shop.authenticate(token) == ADA
        forget()
        assert await shop.authenticate(token) == admin


async def test_invalidating_one_session_keeps_the_others(shop: Shop) -> None:
    await shop.authenticate(shop.token())
    shop.authenticate.forget_session("another session")
    shop.authenticate.forget_user("another user")
    await shop.authenticate(shop.token())
    assert shop.sessions.asked == 1


async def test_a_read_that_predates_the_invalidation_is_not_cached(shop: Shop) -> None:
    token = shop.token()
    shop.sessions.may_answer.clear()
    slow = asyncio.create_task(shop.authenticate(token))
    await shop.sessions.was_asked.wait()
    shop.sessions.principals.clear()
    shop.authenticate.forget_session("session")
    shop.sessions.may_answer.set()
    assert await slow == ADA  # the request began before the logout
    assert await shop.authenticate(token) is None


async def test_ended_sessions_are_not_cached(shop: Shop) -> None:
    token = shop.token("ended")
    assert await shop.authenticate(token) is None
    shop.sessions.principals["ended"] = ADA
    assert await shop.authenticate(token) == ADA


async def test_a_cached_token_expires_on_time(shop: Shop) -> None:
    token = shop.token()
    await shop.authenticate(token)
    shop.clock.time = shop.clock.time.replace(microsecond=0) + timedelta(hours=1, microseconds=-1)
    assert await shop.authenticate(token) == ADA
    shop.clock.advance(microseconds=1)
    assert await shop.authenticate(token) is None
    assert await shop.authenticate(token) is None


async def test_malformed_tokens_have_no_principal(shop: Shop) -> None:
    assert await shop.authenticate("") is None
    assert await shop.authenticate(shop.token()[:-1]) is None
    assert shop.sessions.asked == 0


async def test_memory_is_bounded() -> None:
    shop = Shop(max_cached=3)
    shop.sessions.principals = {f"s{n}": replace(ADA, session_id=f"s{n}") for n in range(5)}
    tokens = [shop.token(f"s{n}") for n in range(5)]
    for token in tokens:
        await shop.authenticate(token)
    for token in reversed(tokens[2:]):
        await shop.authenticate(token)
    assert (shop.tokens.read_count, shop.sessions.asked) == (5, 5)
    await shop.authenticate(tokens[0])
    assert (shop.tokens.read_count, shop.sessions.asked) == (6, 6)
