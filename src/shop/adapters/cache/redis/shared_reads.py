"""Database reads shared between instances through Redis."""

import hashlib
import hmac
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from shop.adapters.cache.redis.connection import Answer, RedisConnection
from shop.adapters.cache.redis.server_clock import ServerClock
from shop.application.ports.shared_reads import LIFETIME_SECONDS, LookUp

_LAYOUT: Final = "1"
"""The version of the key and value layout; every change of the layout needs a new one."""
_SEAL_BYTES: Final = 16
_EXPIRY_BYTES: Final = 8
_MAX_VALUE_BYTES: Final = 512 * 1024
_MICROSECONDS: Final = 1_000_000

Value = TypeVar("Value")

_encode: Final = msgspec.msgpack.Encoder().encode


class RedisReads:
    """See the port.

    A value carries its expiry on the server's clock and a MAC over its key, expiry and content: values written by
    another shop or release, and values forged or moved to another key, are rejected. The expiry is derived from
    the server's time in the look-up before the database read, so a value that arrives late, because the server
    was frozen, has already expired.
    """

    def __init__(
        self,
        connection: RedisConnection,
        secret: str,
        release: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`secret` is shared by the instances of this shop only; `release` must be equal for values to be shared."""
        self.connection = connection
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """Number of look-ups by theme and outcome: `hit`, `miss` or `unreachable`."""
        self.foreign = 0
        """Number of values found that were foreign or corrupt."""
        self._monotonic = monotonic
        self._clock = ServerClock()
        key = hashlib.blake2b(secret.encode(), person=b"shop redis", digest_size=64).digest()
        scope = hashlib.blake2b(f"{_LAYOUT} {release}".encode(), key=key)
        self._seal_key = scope.digest()
        self._prefix = f"shop:{_LAYOUT}:{scope.hexdigest()[-12:]}:".encode()

    @property
    def errors(self) -> Mapping[str, int]:
        """Return the number of failures by kind."""
        return {**self.connection.errors, "foreign": self.foreign}

    @property
    def is_open(self) -> bool:
        """Return whether the breaker is open: the server is unreachable, so calls are skipped."""
        return self.connection.is_open

    async def look_up(self, theme: str, name: bytes, kind: type[Value]) -> LookUp[Value]:
        # Hashed: keys stay short, and search terms can't be read on the server.
        digest = hashlib.blake2b(theme.encode() + b" " + name, key=self._seal_key, digest_size=16).digest()
        answer = await self.connection.get(self._prefix + digest)
        if answer is None:
            self.outcomes[theme, "unreachable"] += 1
            return LookUp()
        distance = self._clock.distance(answer.server_time, answer.asked, answer.here)
        found = None if answer.value is None else self._opened(digest, answer, answer.value, distance, kind)
        if found is not None:
            self.outcomes[theme, "hit"] += 1
            return found
        self.outcomes[theme, "miss"] += 1

        def keep(value: Value) -> None:
            self._keep(digest, answer, value)

        return LookUp(keep=keep)

    def _opened(
        self, digest: bytes, answer: Answer, stored: bytes, distance: float, kind: type[Value]
    ) -> LookUp[Value] | None:
        seal, sealed = stored[:_SEAL_BYTES], stored[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(digest, sealed)):
            self.foreign += 1
            return None
        expires = int.from_bytes(sealed[:_EXPIRY_BYTES], "big") / _MICROSECONDS - distance
        if not answer.here < expires <= answer.asked + LIFETIME_SECONDS:
            return None
        try:
            value = msgspec.msgpack.decode(sealed[_EXPIRY_BYTES:], type=kind)
        except msgspec.DecodeError:
            self.foreign += 1
            return None
        return LookUp(value, expires - LIFETIME_SECONDS, expires)

    def _keep(self, digest: bytes, before: Answer, value: Any) -> None:
        if self._monotonic() >= before.asked + LIFETIME_SECONDS:
            return
        encoded = _encode(value)
        if len(encoded) > _MAX_VALUE_BYTES:
            return
        expires = round((before.server_time + LIFETIME_SECONDS) * _MICROSECONDS)
        sealed = expires.to_bytes(_EXPIRY_BYTES, "big") + encoded
        # The server deletes it on expiry, or a millisecond later.
        self.connection.keep(self._prefix + digest, self._seal(digest, sealed) + sealed, expires // 1_000 + 1)

    def _seal(self, digest: bytes, sealed: bytes) -> bytes:
        return hashlib.blake2b(digest + sealed, key=self._seal_key, digest_size=_SEAL_BYTES).digest()
