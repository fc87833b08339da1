"""The `webhooks` section of the OpenAPI document: the message of every event type."""

from typing import Any, Final

from shop.domain.outbox.event import EventType, SubjectType
from shop.entrypoints.http.framework.examples import Examples

Json = dict[str, Any]

_SCHEMA: Final = "#/components/schemas/"
_SUBJECTS: Final = {
    SubjectType.ORDER: "AdminOrderView",
    SubjectType.PRODUCT: "ProductView",
    SubjectType.CUSTOMER: "UserView",
    SubjectType.PROMO_CODE: "PromoCodeView",
    SubjectType.WEBHOOK: "WebhookView",
}
_DELETED: Final = frozenset({EventType.PRODUCT_DELETED, EventType.CUSTOMER_DELETED})
_ID: Final = {"type": "string", "description": "The id. It never changes."}
_STOCK: Final[Json] = {
    "type": "object",
    "properties": {
        "itemId": {"type": "string", "description": "The variant's id."},
        "productId": {"type": "string", "description": "The product's id."},
        "sku": {"type": ["string", "null"], "description": "The variant's sku."},
        "stock": {"type": "integer", "minimum": 0, "description": "The units that can be sold now."},
    },
    "required": ["itemId", "productId", "sku", "stock"],
}
_MEANINGS: Final = {
    EventType.ORDER_PLACED: "An order was placed.",
    EventType.ORDER_PAID: "An order was paid.",
    EventType.ORDER_PAYMENT_FAILED: "An order's payment was declined; the buyer can try again.",
    EventType.ORDER_CANCELLED: "An order was cancelled, or its payment term ended.",
    EventType.ORDER_REFUNDED: "An order was refunded, in full or in part.",
    EventType.PRODUCT_CREATED: "A product was created.",
    EventType.PRODUCT_UPDATED: "A product or one of its variants was changed.",
    EventType.PRODUCT_DELETED: "A product was deleted.",
    EventType.STOCK_LOW: "A variant's stock fell to SHOP_LOW_STOCK or below.",
    EventType.STOCK_OUT: "A variant was sold out.",
    EventType.STOCK_BACK: "A variant that was sold out is in stock again.",
    EventType.CUSTOMER_CREATED: "A customer signed up.",
    EventType.CUSTOMER_DELETED: "An account was closed.",
    EventType.PROMO_CODE_EXHAUSTED: "A promo code was used for the last time.",
    EventType.WEBHOOK_DISABLED: "A webhook was switched off because it did not answer.",
}
_STATES: Final = {
    EventType.ORDER_PLACED: ("pending", "pending"),
    EventType.ORDER_PAID: ("paid", "succeeded"),
    EventType.ORDER_PAYMENT_FAILED: ("failed", "failed"),
    EventType.ORDER_CANCELLED: ("cancelled", "cancelled"),
    EventType.ORDER_REFUNDED: ("refunded", "succeeded"),
}
"""The status of the order, and of its payment, in the examples."""
_HEADERS: Final = (
    ("webhook-id", "The delivery's id, the same at every attempt.", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
    ("webhook-timestamp", "When the attempt was made, in seconds since 1970.", "1614265330"),
    (
        "webhook-signature",
        "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64; several, separated by spaces, while a secret is "
        "being rotated.",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
)


def webhooks(schemas: Json, examples: Examples) -> Json:
    """Return the section; empty if the document does not have the routes of webhooks."""
    if not {"EventView", *_SUBJECTS.values()} <= schemas.keys():
        return {}
    return {event_type.value: {"post": _operation(event_type, examples)} for event_type in EventType}


def _operation(event_type: EventType, examples: Examples) -> Json:
    data = _data_schema(event_type)
    body = {
        "allOf": [
            {"$ref": f"{_SCHEMA}EventView"},
            {"type": "object", "properties": {"type": {"const": event_type.value}, "data": data}},
        ]
    }
    example = examples.of({"$ref": f"{_SCHEMA}EventView"}) | {
        "type": event_type.value,
        "subject": {
            "type": event_type.subject_type.value,
            "id": examples.of({"$ref": f"{_SCHEMA}EventView"})["id"],
        },
        "data": _data_example(event_type, examples.of(data)),
    }
    return {
        "operationId": "on" + "".join(word.capitalize() for word in event_type.replace(".", "_").split("_")),
        "summary": _MEANINGS[event_type],
        "description": "Answer with a status from 200 to 299 within 15 seconds; anything else is tried again.",
        "x-permission": event_type.permission.value,
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
                "example": value,
            }
            for name, description, value in _HEADERS
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body, "example": example}},
        },
        "responses": {"2XX": {"description": "The event has arrived. The answer's body is ignored."}},
    }


def _data_example(event_type: EventType, data: Json) -> Json:
    """Return the example in the state that the event reports, without the payment's secret."""
    if event_type not in _STATES:
        return data
    status, payment = _STATES[event_type]
    return {**data, "status": status, "payment": {"provider": data["payment"]["provider"], "status": payment}}


def _data_schema(event_type: EventType) -> Json:
    if event_type in _DELETED:
        return {"type": "object", "properties": {"id": _ID}, "required": ["id"]}
    if event_type.subject_type is SubjectType.VARIANT:
        return _STOCK
    return {"$ref": _SCHEMA + _SUBJECTS[event_type.subject_type]}
