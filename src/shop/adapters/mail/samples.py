"""Sample values for every template.

A shop with its own templates renders every template with them at the start.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shop.domain.messages.message import Template

_ORDER: Final[Mapping[str, Any]] = {
    "id": "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11",
    "number": "2026-000123",
    "name": "Ada Lovelace",
    "lines": [
        {
            "name": "Espresso cup",
            "options": {"Size": "M", "Colour": "White"},
            "quantity": 2,
            "unit_price": 12.5,
            "line_total": 22.84,
        },
        {"name": "Saucer", "options": {}, "quantity": 1, "unit_price": 4.0, "line_total": 3.66},
    ],
    "subtotal": 29.0,
    "discount": 2.5,
    "shipping": {"name": "Parcel", "price": 4.9},
    "tax": 5.01,
    "prices_include_tax": False,
    "total": 36.41,
    "refunded_total": 5.0,
    "currency": "EUR",
    "instructions": "Transfer 36.41 EUR to the shop's account, with 2026-000123 as the reference.",
}
_CARD_ORDER: Final[Mapping[str, Any]] = {
    **_ORDER,
    "shipping": None,
    "prices_include_tax": True,
    "total": 26.5,
    "instructions": None,
}
_OF_ORDER: Final = ({"order": _ORDER}, {"order": _CARD_ORDER})
_OF_ACCOUNT: Final = ({"username": "ada"},)

SAMPLES: Final[Mapping[Template, Sequence[Mapping[str, Any]]]] = {
    Template.ORDER_PLACED: _OF_ORDER,
    Template.ORDER_PAID: _OF_ORDER,
    Template.ORDER_REFUNDED: _OF_ORDER,
    Template.ORDER_CANCELLED: _OF_ORDER,
    Template.PASSWORD_RESET: _OF_ACCOUNT,
    Template.VERIFY_EMAIL: _OF_ACCOUNT,
    Template.PASSWORD_CHANGED: _OF_ACCOUNT,
    Template.EMAIL_CHANGED: _OF_ACCOUNT,
    Template.OWNER_NOTICE: (
        {"headline": "A message could not be sent", "lines": ["To ada@example.com: order_paid."]},
    ),
}
