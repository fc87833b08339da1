"""Converts Stripe's objects to the shop's types. Only used fields are read; unknown fields are ignored."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
import stripe
import structlog

from shop.adapters.payments.stripe_amounts import from_stripe
from shop.application.ports.payments import ProviderDispute, ProviderEvent, ProviderRefund
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.payment import Intent, PaymentStatus, PaymentUnavailable, WebhookRejected
from shop.domain.payments.refund import Refund, RefundStatus

_INTENT_STATUSES: Final = {
    "requires_payment_method": PaymentStatus.PENDING,
    "requires_confirmation": PaymentStatus.PENDING,
    "requires_action": PaymentStatus.PENDING,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELLED,
}
_REFUND_STATUSES: Final = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Any other status counts as pending."""

EVENT_TYPES: Final = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""The events that the shop handles, to which a webhook endpoint at Stripe should be subscribed."""
_OF_REFUNDS: Final = frozenset({"charge.refunded", "refund.created", "refund.updated", "refund.failed"})


_T = TypeVar("_T")
_log = structlog.get_logger("shop.payments")
_ORDER_ID: Final = "shop_order_id"
_ATTEMPT: Final = "shop_attempt"
_REFUND_ID: Final = "shop_refund_id"
_FORMER_NAMES: Final = {_ORDER_ID: "order_id", _ATTEMPT: "attempt", _REFUND_ID: "refund_id"}
"""The names written by versions before 0.1.0. Other software on the same account may use them, too."""
_OWN_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
"""A UUIDv7."""


def read(statement_of: Callable[[dict[str, Any]], _T], answer: stripe.StripeObject) -> _T:
    """Convert Stripe's response. Raises PaymentUnavailable if the response lacks a required field."""
    try:
        return statement_of(answer.to_dict())
    except msgspec.ValidationError:
        # The error's text is omitted: it quotes the response.
        _log.error("stripe_answer_unreadable", object=type(answer).__name__)
        raise PaymentUnavailable("The payment provider's answer cannot be read.", retry_after=60) from None


def intent_metadata(order_id: str, attempt: int) -> dict[str, str]:
    """Return the metadata that links a payment intent to its order."""
    return {_ORDER_ID: order_id, _ATTEMPT: str(attempt)}


def refund_metadata(refund: Refund) -> dict[str, str]:
    """Return the metadata that links a Stripe refund to the shop's refund."""
    return {_ORDER_ID: refund.order_id, _REFUND_ID: refund.id}


def seconds_of(moment: datetime) -> int:
    """Return a time in Stripe's format: whole Unix seconds."""
    return int(moment.timestamp())


class _PaymentError(msgspec.Struct):
    message: str | None = None
    decline_code: str | None = None


class _Charge(msgspec.Struct):
    amount_refunded: int | None = None
    disputed: bool = False


class _Intent(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str
    amount_received: int | None = None
    client_secret: str | None = None
    metadata: dict[str, str] | None = None
    last_payment_error: _PaymentError | None = None
    latest_charge: _Charge | str | None = None


class _Refund(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None


class _Dispute(msgspec.Struct):
    id: str
    status: str
    amount: int
    currency: str
    reason: str
    created: Annotated[int, msgspec.Meta(ge=0, lt=2**37)]


class _Expanded(msgspec.Struct):
    """An object that Stripe sends in full, where it usually sends only the id."""

    id: str


class _EventObject(msgspec.Struct):
    """The object of an event of EVENT_TYPES: a payment intent, or an object that belongs to one."""

    id: str
    payment_intent: _Expanded | str | None = None


class _EventData(msgspec.Struct):
    object: dict[str, Any]
    """Of any shape: the endpoint may be subscribed to event types that the shop doesn't know."""


class _Event(msgspec.Struct):
    id: str
    type: str
    data: _EventData
    created: Annotated[int, msgspec.Meta(ge=0, lt=2**37)] | None = None
    livemode: bool = False


def intent_of(stated: dict[str, Any]) -> Intent:
    """Convert a payment intent. Without a well-formed order id in its metadata it is not the shop's."""
    found = msgspec.convert(stated, _Intent)
    currency = found.currency.upper()
    status = _INTENT_STATUSES.get(found.status, PaymentStatus.PENDING)
    if found.status == "requires_payment_method" and found.last_payment_error is not None:
        status = PaymentStatus.FAILED
    amount = found.amount
    if status is PaymentStatus.SUCCEEDED and found.amount_received is not None:
        amount = found.amount_received
    metadata, error, charge = found.metadata or {}, found.last_payment_error, found.latest_charge
    order_id, attempt = _own_id(metadata, _ORDER_ID), _read(metadata, _ATTEMPT)
    refunded = charge.amount_refunded if isinstance(charge, _Charge) else None
    return Intent(
        id=found.id,
        status=status,
        amount=from_stripe(amount, currency),
        currency=currency,
        order_id=order_id,
        attempt=int(attempt) if attempt.isascii() and attempt.isdigit() and len(attempt) < 6 else 1,
        client_secret=found.client_secret,
        decline_reason=error.message if error else None,
        disputed=isinstance(charge, _Charge) and charge.disputed,
        refunded=None if refunded is None else from_stripe(refunded, currency),
    )


def refund_of(stated: dict[str, Any]) -> ProviderRefund:
    """Convert a refund, whether the shop created it or not."""
    found = msgspec.convert(stated, _Refund)
    return ProviderRefund(
        id=found.id,
        refund_id=_own_id(found.metadata or {}, _REFUND_ID),
        amount=from_stripe(found.amount, found.currency.upper()),
        status=_REFUND_STATUSES.get(found.status or "", RefundStatus.PENDING),
        failure_reason=found.failure_reason,
    )


def dispute_of(stated: dict[str, Any]) -> ProviderDispute:
    """Convert a dispute; an unknown status is treated as undecided."""
    found = msgspec.convert(stated, _Dispute)
    known = {status.value for status in DisputeStatus}
    currency = found.currency.upper()
    return ProviderDispute(
        id=found.id,
        status=DisputeStatus(found.status) if found.status in known else DisputeStatus.UNDER_REVIEW,
        amount=from_stripe(found.amount, currency),
        currency=currency,
        reason=found.reason,
        opened_at=datetime.fromtimestamp(found.created, UTC),
    )


def event_of(payload: bytes) -> tuple[ProviderEvent, bool]:
    """Return the event in a webhook's body, and whether it is live. Raises WebhookRejected without one."""
    try:
        found = msgspec.json.decode(payload, type=_Event)
        return _event_of(found), found.livemode
    except msgspec.DecodeError as error:
        raise WebhookRejected("The webhook's body is no event.") from error


def listed_event_of(stated: dict[str, Any]) -> ProviderEvent:
    """Convert an event from Stripe's list of events."""
    return _event_of(msgspec.convert(stated, _Event))


def _read(metadata: dict[str, str], name: str) -> str:
    return metadata.get(name) or metadata.get(_FORMER_NAMES[name]) or ""


def _own_id(metadata: dict[str, str], name: str) -> str | None:
    """Return the id under this name; None if it does not have the form of the shop's ids."""
    found = _read(metadata, name)
    return found if _OWN_ID.fullmatch(found) else None


def _event_of(found: _Event) -> ProviderEvent:
    created_at = None if found.created is None else datetime.fromtimestamp(found.created, UTC)
    if found.type not in EVENT_TYPES:
        return ProviderEvent(found.id, None, created_at=created_at)
    about = msgspec.convert(found.data.object, _EventObject)
    if found.type.startswith("payment_intent."):
        return ProviderEvent(found.id, about.id, created_at=created_at)
    owner = about.payment_intent
    intent_id = owner.id if isinstance(owner, _Expanded) else owner
    return ProviderEvent(
        found.id,
        intent_id,
        concerns_refunds=found.type in _OF_REFUNDS,
        concerns_disputes=found.type.startswith("charge.dispute."),
        created_at=created_at,
    )
