"""API keys: for programs that work for the shop's staff."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from shop.domain.accounts.permissions import Permission, Permissions
from shop.domain.errors import ValidationFailed
from shop.domain.text import folded, has_control_characters, has_visible_text
from shop.domain.versions import FIRST_VERSION

SECRET_PREFIX: Final = "shop_sk_"  # noqa: S105 (the same for all)
MAX_API_KEY_NAME_LENGTH: Final = 100
_VISIBLE: Final = 6
"""The number of characters of a secret, after its prefix, that are shown in lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A bearer token with the permissions that both it and its creator have. Its secret is shown once, never stored."""

    id: str
    name: str
    prefix: str
    """The first characters of the secret, by which people recognize the key."""
    digest: bytes = field(repr=False)
    """SHA-256 of the secret."""
    permissions: Permissions
    """The permissions as granted, without implied ones."""
    made_by: str
    """The creator's user id. The key stops working when the account is closed."""
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """The last recorded use; up to one hour before the actual last use."""
    revoked_at: datetime | None = None
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        assert len(self.digest) == 32
        assert self.prefix.startswith(SECRET_PREFIX)

    @property
    def name_key(self) -> str:
        return api_key_name_key(self.name)

    @classmethod
    def create(
        cls,
        *,
        key_id: str,
        name: str,
        secret: str,
        digest: bytes,
        permissions: Iterable[Permission],
        made_by: str,
        expires_at: datetime | None,
        at: datetime,
    ) -> Self:
        """Return a new key. Raises ValidationFailed."""
        _check(name, expires_at, at)
        return cls(
            id=key_id,
            name=name,
            prefix=secret[: len(SECRET_PREFIX) + _VISIBLE],
            digest=digest,
            permissions=frozenset(permissions),
            made_by=made_by,
            created_at=at,
            expires_at=expires_at,
        )

    def revise(
        self, name: str, permissions: Iterable[Permission], expires_at: datetime | None, at: datetime
    ) -> Self:
        """Return the key with these changes; the next version unless nothing changes. Raises ValidationFailed."""
        _check(name, expires_at if expires_at != self.expires_at else None, at)
        revised = replace(self, name=name, permissions=frozenset(permissions), expires_at=expires_at)
        return self if revised == self else replace(revised, version=self.version + 1)

    def revoke(self, at: datetime) -> Self:
        """Return the key, revoked."""
        assert self.revoked_at is None, "revoked already"
        return replace(self, revoked_at=at)


def api_key_name_key(name: str) -> str:
    """Return the form in which API key names are compared."""
    return folded(name)


def _check(name: str, expires_at: datetime | None, at: datetime) -> None:
    faults = {}
    if not has_visible_text(name):
        faults["name"] = "must not be blank"
    elif len(name) > MAX_API_KEY_NAME_LENGTH:
        faults["name"] = f"must be at most {MAX_API_KEY_NAME_LENGTH} characters long"
    elif has_control_characters(name):
        faults["name"] = "must not contain control characters"
    if expires_at is not None and expires_at <= at:
        faults["expires_at"] = "must be in the future"
    if faults:
        raise ValidationFailed(faults)
