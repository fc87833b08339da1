"""Events: what happened in the shop, for others to react to."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from shop.domain.accounts.permissions import Permission
from shop.domain.errors import Forbidden, ValidationFailed


class SubjectType(StrEnum):
    """The kind of thing that an event is about."""

    ORDER = "order"
    PRODUCT = "product"
    VARIANT = "variant"
    CUSTOMER = "customer"
    PROMO_CODE = "promo_code"
    WEBHOOK = "webhook"


class EventType(StrEnum):
    """The type of an event: an area, a dot, and what happened."""

    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_PAYMENT_FAILED = "order.payment_failed"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    STOCK_LOW = "stock.low"
    STOCK_OUT = "stock.out"
    STOCK_BACK = "stock.back"
    CUSTOMER_CREATED = "customer.created"
    CUSTOMER_DELETED = "customer.deleted"
    PROMO_CODE_EXHAUSTED = "promo_code.exhausted"
    WEBHOOK_DISABLED = "webhook.disabled"

    @property
    def area(self) -> str:
        """Return the part before the dot."""
        return self.value.partition(".")[0]

    @property
    def subject_type(self) -> SubjectType:
        return _SUBJECTS[self.area]

    @property
    def permission(self) -> Permission:
        """Return the permission to read the event's subject."""
        return _PERMISSIONS[self.area]


_SUBJECTS: Final = {
    "order": SubjectType.ORDER,
    "product": SubjectType.PRODUCT,
    "stock": SubjectType.VARIANT,
    "customer": SubjectType.CUSTOMER,
    "promo_code": SubjectType.PROMO_CODE,
    "webhook": SubjectType.WEBHOOK,
}
_PERMISSIONS: Final = {
    "order": Permission.ORDERS_READ,
    "product": Permission.CATALOGUE_READ,
    "stock": Permission.CATALOGUE_READ,
    "customer": Permission.CUSTOMERS_READ,
    "promo_code": Permission.PROMOTIONS_READ,
    "webhook": Permission.SETTINGS_READ,
}
EVERY_TYPE: Final = "*"
TYPE_PATTERNS: Final = (
    EVERY_TYPE,
    *dict.fromkeys(f"{event_type.area}.*" for event_type in EventType),
    *EventType,
)
"""What a filter may contain: every type, an area, or one type."""


class TypesNotReadable(Forbidden):
    """The caller asked for events whose subjects they may not read."""

    code = "EVENT_TYPES_NOT_READABLE"

    def __init__(self, types: Iterable[EventType]) -> None:
        super().__init__(
            "You may not read the subjects of these events.", {"types": sorted(each.value for each in types)}
        )


def matching_types(patterns: Iterable[str], field: str) -> frozenset[EventType]:
    """Return the event types that match any of the patterns. Raises ValidationFailed that names `field`."""
    types: set[EventType] = set()
    for pattern in patterns:
        if pattern not in TYPE_PATTERNS:
            raise ValidationFailed({field: "must be an event type, or a group of them such as `order.*`"})
        types.update(each for each in EventType if pattern in {EVERY_TYPE, f"{each.area}.*", each.value})
    return frozenset(types)


def readable_types(permissions: Set[Permission]) -> frozenset[EventType]:
    """Return the event types whose subjects may be read with these permissions."""
    return frozenset(each for each in EventType if each.permission in permissions)


def ensure_readable(types: Iterable[EventType], permissions: Set[Permission]) -> None:
    """Raise TypesNotReadable unless the subjects of all these types may be read with these permissions."""
    refused = frozenset(types) - readable_types(permissions)
    if refused:
        raise TypesNotReadable(refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact, stored in the transaction that made it.

    `data` is a JSON object: the subject as administrators saw it right after the change, without secrets and without
    personal data. `personal` is a JSON object with fields that replace fields of `data`; it is deleted with the
    person's account.
    """

    id: str
    type: EventType
    subject_id: str
    created_at: datetime
    data: str
    personal: str | None = None


@dataclass(frozen=True, slots=True)
class PositionedEvent:
    """A committed event with its position: events are read in the order of their positions."""

    position: int
    event: Event


def stock_event_type(before: int, after: int, low: int) -> EventType | None:
    """Return the type of the event when a variant's stock changes; None if no level was crossed.

    `low` is the highest stock that counts as low. A stock that falls to 0 is `out` only, even if it was not low.
    """
    if after < before and after == 0:
        return EventType.STOCK_OUT
    if after <= low < before:
        return EventType.STOCK_LOW
    if before == 0 < after:
        return EventType.STOCK_BACK
    return None
