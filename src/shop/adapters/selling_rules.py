"""Selling rules as JSON documents."""

from typing import Any, Final

import msgspec

from shop.domain.fulfilment.shipping import ShippingMethod, ShippingZone
from shop.domain.pricing.selling_rules import Rule
from shop.domain.pricing.tax import TaxRate

KINDS: Final[dict[str, type[Rule]]] = {"zone": ShippingZone, "method": ShippingMethod, "tax-rate": TaxRate}
_NAMES: Final = {kind: name for name, kind in KINDS.items()}


def kind_of(rule: Rule) -> str:
    """Return the name of the rule's kind."""
    return _NAMES[type(rule)]


def document_of(rule: Rule) -> dict[str, Any]:
    """Return the rule's fields except id and version, as JSON values."""
    fields: dict[str, Any] = msgspec.to_builtins(rule)
    return {name: value for name, value in fields.items() if name not in {"id", "version"}}


def rule_of(kind: str, rule_id: str, version: int, document: dict[str, Any]) -> Rule:
    """Return the rule of a stored document."""
    return msgspec.convert({**document, "id": rule_id, "version": version}, KINDS[kind])
