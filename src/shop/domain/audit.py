"""The audit trail: immutable records of what administrators did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SubjectKind(StrEnum):
    """The kind of an action's subject."""

    PRODUCT = "product"
    PICTURE = "picture"
    CATEGORY = "category"
    PROMO_CODE = "promo-code"
    USER = "user"
    ORDER = "order"
    SHIPPING_ZONE = "shipping-zone"
    SHIPPING_METHOD = "shipping-method"
    TAX_RATE = "tax-rate"
    ROLE = "role"
    API_KEY = "api-key"
    WEBHOOK = "webhook"
    MESSAGE = "message"
    IMPORT = "import"


class AuditAction(StrEnum):
    """An action: the kind of its subject, a dot, and a verb."""

    PRODUCT_CREATED = "product.created"
    PRODUCT_REVISED = "product.revised"
    PRODUCT_DELETED = "product.deleted"
    PRODUCT_STOCK_ADJUSTED = "product.stock-adjusted"
    PICTURE_UPLOADED = "picture.uploaded"
    PICTURE_CHANGED = "picture.changed"
    PICTURE_DELETED = "picture.deleted"
    CATEGORY_CREATED = "category.created"
    CATEGORY_CHANGED = "category.changed"
    CATEGORY_DELETED = "category.deleted"
    PROMO_CODE_CREATED = "promo-code.created"
    PROMO_CODE_CHANGED = "promo-code.changed"
    PROMO_CODE_DELETED = "promo-code.deleted"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_PASSWORD_SET = "user.password-set"  # noqa: S105 (no password)
    USER_SECOND_FACTOR_REMOVED = "user.second-factor-removed"
    USER_DELETED = "user.deleted"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_DELETED = "role.deleted"
    API_KEY_CREATED = "api-key.created"
    API_KEY_CHANGED = "api-key.changed"
    API_KEY_REVOKED = "api-key.revoked"
    IMPORT_STARTED = "import.started"
    MESSAGE_RESENT = "message.resent"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_SECRET_ROTATED = "webhook.secret-rotated"  # noqa: S105 (no secret)
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_REDELIVERED = "webhook.redelivered"
    ORDER_NOTED = "order.noted"
    ORDER_VAT_ID_VERIFIED = "order.vat-id-verified"
    ORDER_MARKED_PAID = "order.marked-paid"
    ORDER_SHIPPED = "order.shipped"
    ORDER_DELIVERED = "order.delivered"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    SHIPPING_ZONE_CREATED = "shipping-zone.created"
    SHIPPING_ZONE_CHANGED = "shipping-zone.changed"
    SHIPPING_ZONE_DELETED = "shipping-zone.deleted"
    SHIPPING_METHOD_CREATED = "shipping-method.created"
    SHIPPING_METHOD_CHANGED = "shipping-method.changed"
    SHIPPING_METHOD_DELETED = "shipping-method.deleted"
    TAX_RATE_CREATED = "tax-rate.created"
    TAX_RATE_CHANGED = "tax-rate.changed"
    TAX_RATE_DELETED = "tax-rate.deleted"

    @property
    def subject_kind(self) -> SubjectKind:
        return SubjectKind(self.value.partition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One action, its time in UTC, and the changed fields as API clients see them.

    The actor is stored by id, because names are personal and are looked up on reading; None is the command line.
    `subject_id` identifies the subject in the API: its id, or a promo code's folded code.
    """

    id: str
    at: datetime
    user_id: str | None
    action: AuditAction
    subject_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    api_key_id: str | None = None
    """The API key that acted for the user; None if the user acted in a session."""
