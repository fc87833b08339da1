"""What the rules by which the shop sells need of a storage."""

from typing import Protocol, runtime_checkable

from shop.domain.pricing.selling_rules import Rule, SellingRules


@runtime_checkable
class SellingRulesStore(Protocol):
    """Shipping zones, shipping methods and tax rates: few rows, read together."""

    async def read(self) -> SellingRules:
        """Return all rules, as committed or written by this unit of work. One read."""

    async def lock(self) -> SellingRules:
        """Return all rules, locked: no other unit of work adds, changes or deletes one until this one ends."""

    async def add(self, rule: Rule) -> None:
        """Store a new rule. Raises TaxRateTaken."""

    async def save(self, rule: Rule) -> None:
        """Store the next version of a rule that is locked. Raises TaxRateTaken."""

    async def delete(self, rule: Rule) -> None:
        """Delete a rule that is locked. Raises ZoneInUse."""


@runtime_checkable
class SellingRulesQueries(Protocol):
    """The same for readers."""

    async def read(self) -> SellingRules:
        """Return all committed rules."""


@runtime_checkable
class CurrentRules(Protocol):
    """All rules, kept in memory for less than a second. For pages: the checkout reads its own in its transaction."""

    async def __call__(self) -> SellingRules:
        """Return all rules. Changes by this process are seen immediately, others within a second."""

    def changed(self) -> None:
        """Read the rules again next time: this process has changed them."""
