"""Roles: the permissions of customers, admins and custom staff roles."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from shop.domain.accounts.permissions import EVERY_PERMISSION, Permission, Permissions, with_reads
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.text import folded, has_control_characters, has_visible_text
from shop.domain.versions import FIRST_VERSION

MAX_ROLE_NAME_LENGTH: Final = 50


class RoleNameTaken(ShopError):
    """Another role has this name, compared without case and accents."""

    code: ClassVar[str] = "ROLE_NAME_TAKEN"

    def __init__(self) -> None:
        super().__init__("A role with this name already exists.", {"name": "is taken"})


class RoleInUse(ShopError):
    """The role is assigned to users: give them another role first."""

    code: ClassVar[str] = "ROLE_IN_USE"

    def __init__(self) -> None:
        super().__init__("Users have this role: assign them another one first.")


@dataclass(frozen=True, slots=True)
class Role:
    """A user's role. `customer` and `admin` are built in; the others are staff roles and have an id."""

    name: str
    permissions: Permissions = frozenset()
    """The permissions, including read permissions implied by write permissions."""
    id: str | None = None

    CUSTOMER: ClassVar["Role"]
    ADMIN: ClassVar["Role"]

    def __post_init__(self) -> None:
        assert self.permissions == with_reads(self.permissions), "a write permission without its read"


Role.CUSTOMER = Role("customer")
Role.ADMIN = Role("admin", EVERY_PERMISSION)
BUILT_IN: Final = {role.name: role for role in (Role.CUSTOMER, Role.ADMIN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRole:
    """A custom role created by the shop's owners. `version` counts its changes."""

    id: str
    name: str
    permissions: Permissions
    """The permissions as granted, without implied ones."""
    created_at: datetime
    version: int = FIRST_VERSION

    @property
    def name_key(self) -> str:
        return role_name_key(self.name)

    @property
    def role(self) -> Role:
        """Return the role as assigned to users."""
        return Role(self.name, with_reads(self.permissions), self.id)

    @classmethod
    def create(cls, role_id: str, name: str, permissions: Iterable[Permission], at: datetime) -> Self:
        """Return a new role. Raises ValidationFailed, and RoleNameTaken for the name of a built-in role."""
        _check_name(name)
        return cls(id=role_id, name=name, permissions=frozenset(permissions), created_at=at)

    def revise(self, name: str, permissions: Iterable[Permission]) -> Self:
        """Return the role with this name and these permissions; the next version unless nothing changes.

        Raises the same errors as `create`.
        """
        _check_name(name)
        revised = replace(self, name=name, permissions=frozenset(permissions))
        return self if revised == self else replace(revised, version=self.version + 1)


def role_name_key(name: str) -> str:
    """Return the form in which role names are compared."""
    return folded(name)


def _check_name(name: str) -> None:
    if not has_visible_text(name):
        raise ValidationFailed({"name": "must not be blank"})
    if len(name) > MAX_ROLE_NAME_LENGTH:
        raise ValidationFailed({"name": f"must be at most {MAX_ROLE_NAME_LENGTH} characters long"})
    if has_control_characters(name):
        raise ValidationFailed({"name": "must not contain control characters"})
    if role_name_key(name) in BUILT_IN:
        raise RoleNameTaken
