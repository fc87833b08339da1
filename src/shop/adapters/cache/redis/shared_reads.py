"""What was read from the database, shared by Redis."""

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
"""Of keys and values; another one must have another name."""
_SEAL_BYTES: Final = 16
_MOMENT_BYTES: Final = 8
_LARGEST: Final = 512 * 1024
_MICROSECONDS: Final = 1_000_000

Value = TypeVar("Value")

_encode: Final = msgspec.msgpack.Encoder().encode


class RedisReads:
    """See the port.

    A value carries the moment of the server's clock at which it is over, and a seal over its name, that moment and
    the rest: neither what another shop or release has left there, nor what anybody else has written or moved,
    is taken for ours. That moment follows from the server's time in the look-up before the reading, so a value that
    arrives late, with a server that was frozen, is over when it does.
    """

    def __init__(
        self,
        connection: RedisConnection,
        secret: str,
        release: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`secret` is what the instances of this shop and nobody else have, `release` what they must agree in."""
        self.connection = connection
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """Look-ups by theme and `hit`, `miss` or `unreachable`."""
        self.foreign = 0
        """Values found that were none of ours, or broken."""
        self._monotonic = monotonic
        self._clock = ServerClock()
        key = hashlib.blake2b(secret.encode(), person=b"shop redis", digest_size=64).digest()
        scope = hashlib.blake2b(f"{_LAYOUT} {release}".encode(), key=key)
        self._seal_key = scope.digest()
        self._prefix = f"shop:{_LAYOUT}:{scope.hexdigest()[-12:]}:".encode()

    @property
    def errors(self) -> Mapping[str, int]:
        """Failures by their kind."""
        return {**self.connection.errors, "foreign": self.foreign}

    @property
    def is_open(self) -> bool:
        """Whether the breaker is: the server isn't asked, for it can't be reached."""
        return self.connection.is_open

    async def look_up(self, theme: str, name: bytes, kind: type[Value]) -> LookUp[Value]:
        # Short, whatever is searched for, and what people search for can't be read there.
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
        self, digest: bytes, answer: Answer, kept: bytes, distance: float, kind: type[Value]
    ) -> LookUp[Value] | None:
        seal, sealed = kept[:_SEAL_BYTES], kept[_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(digest, sealed)):
            self.foreign += 1
            return None
        over = int.from_bytes(sealed[:_MOMENT_BYTES], "big") / _MICROSECONDS - distance
        if not answer.here < over <= answer.asked + LIFETIME_SECONDS:
            return None
        try:
            value = msgspec.msgpack.decode(sealed[_MOMENT_BYTES:], type=kind)
        except msgspec.DecodeError:
            self.foreign += 1
            return None
        return LookUp(value, over - LIFETIME_SECONDS, over)

    def _keep(self, digest: bytes, before: Answer, value: Any) -> None:
        if self._monotonic() >= before.asked + LIFETIME_SECONDS:
            return
        encoded = _encode(value)
        if len(encoded) > _LARGEST:
            return
        over = round((before.server_time + LIFETIME_SECONDS) * _MICROSECONDS)
        sealed = over.to_bytes(_MOMENT_BYTES, "big") + encoded
        # The server forgets it when it is over, or a millisecond later.
        self.connection.keep(self._prefix + digest, self._seal(digest, sealed) + sealed, over // 1_000 + 1)

    def _seal(self, digest: bytes, sealed: bytes) -> bytes:
        return hashlib.blake2b(digest + sealed, key=self._seal_key, digest_size=_SEAL_BYTES).digest()
