"""Staff permissions: read or write, per area."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from shop.domain.errors import Forbidden


class Permission(StrEnum):
    """An area of the shop, and whether it may be read or changed. Writing includes reading."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    PROMOTIONS_READ = "promotions:read"
    PROMOTIONS_WRITE = "promotions:write"
    STATISTICS_READ = "statistics:read"
    STATISTICS_WRITE = "statistics:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"


Permissions = frozenset[Permission]
EVERY_PERMISSION: Final[Permissions] = frozenset(Permission)

_READ_OF: Final = {
    permission: Permission(permission.replace(":write", ":read"))
    for permission in Permission
    if permission.endswith(":write")
}


def with_reads(permissions: Iterable[Permission]) -> Permissions:
    """Return the permissions plus the read permissions that their write permissions imply."""
    given = frozenset(permissions)
    return given | {_READ_OF[permission] for permission in given if permission in _READ_OF}


def in_order(permissions: Iterable[Permission]) -> list[Permission]:
    """Return the distinct permissions in declaration order."""
    given = frozenset(permissions)
    return [permission for permission in Permission if permission in given]


class ExceedsOwnPermissions(Forbidden):
    """The caller tried to grant, change or revoke permissions that they don't have themselves."""

    code = "EXCEEDS_OWN_PERMISSIONS"

    def __init__(self, missing: Iterable[Permission]) -> None:
        super().__init__(
            "You can't grant or change permissions that you don't have.",
            {"permissions": [permission.value for permission in in_order(missing)]},
        )


def ensure_covers(own: Permissions, *concerned: Iterable[Permission]) -> None:
    """Raise ExceedsOwnPermissions unless `own` has all the given permissions and the reads they imply."""
    missing = frozenset[Permission]().union(*map(with_reads, concerned)) - own
    if missing:
        raise ExceedsOwnPermissions(missing)
