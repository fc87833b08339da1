"""Recording administrators' actions in the audit trail, in the transaction of the action."""

from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec

from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.accounts.user import Principal, User
from shop.domain.audit import AuditAction, AuditEntry
from shop.domain.orders.order import OrderStatus

_STATED_BY_ENTRY: Final = frozenset({"id", "updated_at"})


class AuditedStock(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A stock in an audit entry: the variant, the units and the reason for the change."""

    stock: int
    reason: str | None = None
    variant_id: str | None = None


class AuditedOrder(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order in an audit entry, with the reason for the change."""

    status: OrderStatus
    reason: str | None = None


class AuditedVatId(msgspec.Struct, frozen=True, rename="camel"):
    """Whether an order's VAT id is verified, in an audit entry."""

    vat_id_verified: bool


class AuditedRefund(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A requested refund in an audit entry; `amount` in major units."""

    refund_id: str
    amount: Decimal
    currency: str
    restock: bool
    reason: str | None = None


class AuditedNote(msgspec.Struct, frozen=True, rename="camel"):
    """A note in an audit entry, without its text, which may be personal."""

    note_id: str


class AuditedUser(msgspec.Struct, frozen=True):
    """A user in an audit entry, without personal data, since entries outlive accounts and are immutable."""

    role: str
    active: bool

    @classmethod
    def of(cls, user: User) -> "AuditedUser":
        return cls(user.role.name, user.active)


class Audit:
    """Adds entries to the audit trail. An entry is committed if and only if the recorded change is."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    async def __call__(
        self,
        work: UnitOfWork,
        by: Principal | None,
        action: AuditAction,
        subject_id: str,
        *,
        before: msgspec.Struct | None,
        after: msgspec.Struct | None,
    ) -> None:
        """Record the differences between `before` and `after`, views of the subject (None: it does not exist).

        Their fields may be kept forever and read by every admin, so they must contain no secrets and no personal data.
        `by` is None for the command line.
        """
        old, new = _fields(before), _fields(after)
        await work.audit.record(
            AuditEntry(
                id=self._ids.new_id(),
                at=self._clock.now(),
                user_id=None if by is None else by.user_id,
                api_key_id=None if by is None else by.api_key,
                action=action,
                subject_id=subject_id,
                before=_differences(old, new),
                after=_differences(new, old),
            )
        )


def _fields(view: msgspec.Struct | None) -> dict[str, Any]:
    if view is None:
        return {}
    fields: dict[str, Any] = msgspec.to_builtins(view, builtin_types=(Decimal,))
    left_out = _left_out(type(view))
    return {name: value for name, value in fields.items() if name not in left_out}


@cache
def _left_out(view: type[msgspec.Struct]) -> frozenset[str]:
    """Return the JSON names of the view's fields that an audit entry states itself."""
    fields = msgspec.structs.fields(view)
    return frozenset(field.encode_name for field in fields if field.name in _STATED_BY_ENTRY)


def _differences(fields: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in others or others[name] != value}
