"""Selling rules in memory."""

from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.domain.fulfilment.shipping import ShippingZone, ZoneInUse
from shop.domain.pricing.selling_rules import Rule, SellingRules
from shop.domain.pricing.tax import TaxRate

SELLING_RULES: Final = "selling_rules"
"""Rows are rules by id."""
_GUARD: Final = "guard"

UNIQUE_KEYS: Final[UniqueKeys] = {
    SELLING_RULES: {"uq_selling_rules_natural": lambda rule: rule.key if isinstance(rule, TaxRate) else None}
}


class MemorySellingRules:
    """See the SellingRulesStore port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def read(self) -> SellingRules:
        return SellingRules.of(await self._transaction.scan(SELLING_RULES))

    async def lock(self) -> SellingRules:
        await self._transaction.lock(SELLING_RULES, _GUARD)
        rules = SellingRules.of(await self._transaction.scan(SELLING_RULES))
        for rule in rules:
            await self._transaction.lock(SELLING_RULES, rule.id)
        return await self.read()

    async def add(self, rule: Rule) -> None:
        await self._transaction.put(SELLING_RULES, rule.id, rule)

    async def save(self, rule: Rule) -> None:
        await self._transaction.put(SELLING_RULES, rule.id, rule)

    async def delete(self, rule: Rule) -> None:
        if isinstance(rule, ShippingZone):
            rules = await self.read()
            if any(method.zone_id == rule.id for method in rules.methods):
                raise ZoneInUse
        await self._transaction.delete(SELLING_RULES, rule.id)


class MemorySellingRulesQueries:
    """See the SellingRulesQueries port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self) -> SellingRules:
        return SellingRules.of(self._store.tables[SELLING_RULES].values())
