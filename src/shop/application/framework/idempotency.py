"""Requests that may be sent again without happening again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The name a caller gives a request, so that its retries are known for what they are."""

    scope: str
    """Whose key it is, the id of a user or of an API key: two callers may use one key without meeting."""
    key: str
    """What the caller sent, 1 to 255 printable ASCII characters."""
    fingerprint: str
    """A keyed digest, in hex, of what the request asks for: another fingerprint under one key is another request.

    Keyed, since a body may hold a password, which its plain digest would let others guess."""
    owner_id: str = ""
    """The user whose claims queue, one at a time; where it is left out, the scope is a user."""

    def __post_init__(self) -> None:
        if not self.owner_id:
            object.__setattr__(self, "owner_id", self.scope)


@dataclass(frozen=True, slots=True)
class Answer:
    """The encoded outcome of a request that may carry an idempotency key."""

    body: bytes
    """JSON, byte for byte what the first answer under the key was."""
    replayed: bool
    """Whether this is an earlier answer again."""
