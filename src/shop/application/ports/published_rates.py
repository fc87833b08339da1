"""Published tax rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, runtime_checkable


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
