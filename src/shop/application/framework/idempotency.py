"""Idempotency keys and replayable answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key that a caller gives a request, so that its retries are recognized."""

    scope: str
    """The key's namespace: the id of a user or API key. Two callers may use the same key independently."""
    key: str
    """The key as sent, 1 to 255 printable ASCII characters."""
    fingerprint: str
    """A keyed digest, in hex, of the request. The same key with another fingerprint is another request.

    The digest is keyed because a body may hold a password, which a plain digest would let others guess."""
    owner_id: str = ""
    """The user whose claims are serialized; if omitted, the scope is the user."""

    def __post_init__(self) -> None:
        if not self.owner_id:
            object.__setattr__(self, "owner_id", self.scope)


@dataclass(frozen=True, slots=True)
class Answer:
    """The encoded outcome of a request that may carry an idempotency key."""

    body: bytes
    """JSON, byte for byte the first answer under the key."""
    replayed: bool
    """Whether this is a replay of an earlier answer."""
