"""Storage of the selling rules (shipping zones, shipping methods and tax rates), and published tax rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, runtime_checkable

from shop.domain.pricing.selling_rules import Rule, SellingRules


@runtime_checkable
class SellingRulesStore(Protocol):
    """Shipping zones, shipping methods and tax rates: few rows, read together."""

    async def read(self) -> SellingRules:
        """Return all rules, as committed or written by this unit of work. One read."""

    async def lock(self) -> SellingRules:
        """Return all rules, *locked*: no other unit of work adds, changes or deletes one until this one ends."""

    async def add(self, rule: Rule) -> None:
        """Store a new rule. Raises TaxRateTaken."""

    async def save(self, rule: Rule) -> None:
        """Store the next version of a rule that is locked. Raises TaxRateTaken."""

    async def delete(self, rule: Rule) -> None:
        """Delete a rule that is locked. Raises ZoneInUse."""


@runtime_checkable
class SellingRulesQueries(Protocol):
    """Reads of the selling rules outside a unit of work."""

    async def read(self) -> SellingRules:
        """Return all committed rules."""


@runtime_checkable
class CurrentRules(Protocol):
    """All rules, cached for less than a second. For pages only: the checkout reads the rules in its transaction."""

    async def __call__(self) -> SellingRules:
        """Return all rules. Changes by this process are seen immediately, others within a second."""

    def changed(self) -> None:
        """Invalidate the cache after this process has changed the rules."""


@dataclass(frozen=True, slots=True)
class CountryRates:
    """A country's rates in per cent. `reduced` has every rate below the standard one."""

    country: str
    name: str
    """The tax's short name in the country, such as `MwSt`."""
    standard: Decimal
    reduced: Sequence[Decimal] = ()


@runtime_checkable
class PublishedRates(Protocol):
    """Published tax rates. No method does I/O."""

    def published_on(self) -> date:
        """Return the date of publication."""

    def rates(self) -> Sequence[CountryRates]:
        """Return the rates of each country, ordered by country code."""
