"""Tokens, passwords, ids and the clock of the real shop."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from argon2 import extract_parameters

from shop.adapters.clock import SystemClock
from shop.adapters.security import secrets as secrets_module
from shop.adapters.security.passwords import Argon2Passwords, load_common_passwords
from shop.adapters.security.secrets import RandomIds
from shop.adapters.security.tokens import JwtAccessTokens
from tests.accounts import FrozenClock

SECRET = "s" * 32


class TestTokens:
    clock = FrozenClock()
    tokens = JwtAccessTokens(SECRET, timedelta(minutes=60), clock, RandomIds())

    def forged(
        self, *, key: str = SECRET, algorithm: str = "HS256", typ: str = "at+jwt", **changes: Any
    ) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": "shop",
            "aud": "shop",
            "sub": "u",
            "sid": "s",
            "jti": "j",
            "iat": now,
            "exp": now + 60,
        }
        claims.update(changes)
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": typ})

    def test_issued_tokens_can_be_read(self) -> None:
        token, seconds = self.tokens.issue("user", "session")
        claims = self.tokens.read(token)
        assert seconds == 3600
        assert claims is not None
        assert claims.session_id == "session"
        assert claims.expires_at == self.clock.now().replace(microsecond=0) + timedelta(seconds=3600)
        assert self.tokens.read(self.forged()) is not None

    def test_tokens_are_unique(self) -> None:
        assert self.tokens.issue("user", "session") != self.tokens.issue("user", "session")

    def test_a_token_states_its_type_and_nothing_personal(self) -> None:
        token, _ = self.tokens.issue("user", "session")
        header, payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
        assert header == {"alg": "HS256", "typ": "at+jwt"}
        assert payload.keys() == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"key": "x" * 32},
            {"algorithm": "HS512", "key": SECRET * 2},
            {"algorithm": "HS384", "key": SECRET + "x" * 16},
            {"typ": "JWT"},
            {"iss": "another shop"},
            {"aud": "another shop"},
            {"sid": None},
            {"sid": 7},
            {"exp": None},
            {"exp": "tomorrow"},
            {"exp": 10**18},
            {"exp": -(10**18)},
            {"exp": 10**400},
            {"jti": None},
            {"sub": None},
            {"iat": None},
        ],
        ids=str,
    )
    def test_tokens_that_differ_in_any_claim_are_refused(self, changes: dict[str, Any]) -> None:
        assert self.tokens.read(self.forged(**changes)) is None

    def test_unsigned_and_mangled_tokens_are_refused(self) -> None:
        token, _ = self.tokens.issue("user", "session")
        header, payload, signature = token.split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
        nested = base64.urlsafe_b64encode(b"[" * 6000).decode().rstrip("=")
        for bad in (
            "",
            ".",
            "..",
            f"{header}.{payload}.",
            f"{none}.{payload}.",
            f"{none}.{payload}.{signature}",
            f"{header}.{payload[:-2]}.{signature}",
            f"{nested}.{payload}.{signature}",
            f"{header}.{nested}.{nested}",
            f"{header}.{nested}.{signature}",
            token + ".x",
            "\ud800" + token,
            "é" * 10,
        ):
            assert self.tokens.read(bad) is None, bad

    def test_time_is_that_of_the_shops_clock(self) -> None:
        clock = FrozenClock()
        tokens = JwtAccessTokens(SECRET, timedelta(minutes=1), clock, RandomIds())
        clock.time = clock.time.replace(year=2001, microsecond=0)
        token, _ = tokens.issue("user", "session")
        clock.advance(seconds=59)
        assert tokens.read(token) is not None
        clock.advance(seconds=1)
        assert tokens.read(token) is None

    def test_a_short_secret_is_refused(self) -> None:
        with pytest.raises(ValueError, match="32"):
            JwtAccessTokens("s" * 31, timedelta(1), self.clock, RandomIds())


@pytest.mark.anyio
class TestPasswords:
    async def test_parameters_are_those_that_were_promised(self) -> None:
        passwords = Argon2Passwords(threads=1)
        hashed = await passwords.hash("correct horse")
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await passwords.verify(hashed, "correct horse")
        assert not await passwords.verify(hashed, "correct horse ")
        assert not passwords.is_outdated(hashed)
        passwords.close()

    async def test_the_hash_of_no_user_matches_nothing_and_takes_as_long(self) -> None:
        passwords = Argon2Passwords(threads=1)
        assert not await passwords.verify(None, "")
        assert extract_parameters(passwords._nobodys_hash) == extract_parameters(
            await passwords.hash("correct horse")
        )
        passwords.close()

    async def test_a_hash_is_salted_and_of_the_whole_password(self) -> None:
        passwords = Argon2Passwords(threads=2, memory_kib=8, iterations=1)
        long = "ä" * 255
        first, second = await asyncio.gather(passwords.hash(long + "x"), passwords.hash(long + "x"))
        assert first != second
        assert not await passwords.verify(first, long + "y")
        assert not await passwords.verify("no hash at all", long)
        passwords.close()

    async def test_hashes_with_other_parameters_are_valid_but_outdated(self) -> None:
        old = Argon2Passwords(threads=1, memory_kib=8, iterations=1)
        new = Argon2Passwords(threads=1, memory_kib=16, iterations=1)
        hashed = await old.hash("correct horse")
        assert await new.verify(hashed, "correct horse")
        assert new.is_outdated(hashed)
        old.close()
        new.close()

    async def test_hashing_does_not_block_the_event_loop(self) -> None:
        passwords = Argon2Passwords(threads=1)
        hashing = asyncio.create_task(passwords.hash("correct horse"))
        turns = 0
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 10
        passwords.close()


def test_the_commonest_passwords_are_known() -> None:
    common = load_common_passwords()
    assert len(common) == 3000
    assert {"password123", "12345678", "iloveyou"} <= common
    assert all(len(password) >= 8 and password == password.lower() for password in common)


class TestIds:
    def test_ids_are_canonical_and_ascending(self) -> None:
        ids = RandomIds()
        made = [ids.new_id() for _ in range(10_000)]
        assert made == sorted(set(made))
        assert all(str(UUID(one)) == one and UUID(one).version == 7 for one in made)
        age = time.time() - (UUID(made[0]).int >> 80) / 1000
        assert -1 < age < 60

    def test_ids_ascend_when_the_clock_is_set_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = RandomIds()
        first = ids.new_id()
        monkeypatch.setattr(secrets_module, "uuid7", lambda: UUID("00000000-0000-7000-8000-000000000000"))
        second, third = ids.new_id(), ids.new_id()
        assert first < second < third
        assert UUID(third).version == 7
        assert UUID(third).variant == UUID(first).variant

    def test_secrets_are_long_and_different(self) -> None:
        secrets = {RandomIds().new_secret() for _ in range(100)}
        assert len(secrets) == 100
        assert {len(base64.urlsafe_b64decode(secret + "=")) for secret in secrets} == {32}


def test_the_clock_is_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
