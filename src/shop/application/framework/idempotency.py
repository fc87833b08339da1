"""Idempotency keys."""

from dataclasses import dataclass
from enum import Enum


class KeyOwner(Enum):
    """What a key belongs to."""

    USER = "user"
    """An account, or an API key of the account."""
    CART = "guest cart"
    ORDER_TOKEN = "order token"  # noqa: S105 (no secret)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key that a caller gives a request, so that its retries are recognized."""

    scope: str
    """The key's namespace: the id of a user, API key, guest cart or order token.

    Two callers may use the same key independently."""
    key: str
    """The key as sent, 1 to 255 printable ASCII characters."""
    fingerprint: str
    """A keyed digest, in hex, of the request. The same key with another fingerprint is another request.

    The digest is keyed because a body may hold a password, which a plain digest would let others guess."""
    owner_id: str = ""
    """The id of the owner, whose claims are serialized; if omitted, it is the scope."""
    owner: KeyOwner = KeyOwner.USER

    def __post_init__(self) -> None:
        if not self.owner_id:
            object.__setattr__(self, "owner_id", self.scope)
