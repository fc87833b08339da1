"""Selling rules as JSON documents, and the cached copy for reads."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from shop.application.ports.pricing import SellingRulesQueries
from shop.domain.fulfilment.shipping import ShippingMethod, ShippingZone
from shop.domain.pricing.selling_rules import Rule, SellingRules
from shop.domain.pricing.tax import TaxRate

KINDS: Final[dict[str, type[Rule]]] = {"zone": ShippingZone, "method": ShippingMethod, "tax-rate": TaxRate}
_NAMES: Final = {kind: name for name, kind in KINDS.items()}
_KEPT_SECONDS: Final = 0.9
"""Less than the second within which every instance must see the others' writes."""


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


def collected(rules: Iterable[Rule]) -> SellingRules:
    """Return the rules by kind, each kind ordered by id."""
    ordered = sorted(rules, key=lambda rule: rule.id)
    return SellingRules(
        tuple(rule for rule in ordered if isinstance(rule, ShippingZone)),
        tuple(rule for rule in ordered if isinstance(rule, ShippingMethod)),
        tuple(rule for rule in ordered if isinstance(rule, TaxRate)),
    )


class KeptRules:
    """See the CurrentRules port."""

    def __init__(self, queries: SellingRulesQueries, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._queries = queries
        self._monotonic = monotonic
        self._kept: SellingRules | None = None
        self._until = 0.0
        self._changes = 0

    async def __call__(self) -> SellingRules:
        if self._kept is not None and self._monotonic() < self._until:
            return self._kept
        began, changes = self._monotonic(), self._changes
        rules = await self._queries.read()
        if changes == self._changes:  # otherwise the read may predate this process's own change
            self._kept, self._until = rules, began + _KEPT_SECONDS
        return rules

    def changed(self) -> None:
        self._kept = None
        self._changes += 1
