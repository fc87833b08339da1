"""Tax: which rate applies where, how much tax an amount carries, and when the buyer owes it (reverse charge)."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Final, Self

from shop.domain.address import Place
from shop.domain.catalogue.product import MAX_TAX_CLASS, STANDARD_TAX_CLASS
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.money import half_up
from shop.domain.rules import shown_rule
from shop.domain.versions import FIRST_VERSION

MAX_TAX_NAME: Final = 100
REVERSE_CHARGE: Final = "Reverse charge"
RATE_DECIMALS: Final = 4
_HUNDRED_PERCENT: Final = 100 * 10**RATE_DECIMALS
"""100 % in the unit of `TaxRate.parts`."""


class TaxRateTaken(ShopError):
    """There is one rate per country, region and tax class."""

    code: ClassVar[str] = "TAX_RATE_TAKEN"

    def __init__(self) -> None:
        super().__init__("This country, region and tax class have a rate already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A rate in per cent, exact to four decimals, of one tax class in a country or one of its regions."""

    id: str
    name: str
    country: str
    rate: Decimal
    region: str | None = None
    tax_class: str = STANDARD_TAX_CLASS
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        rules = {
            "name": shown_rule(self.name, MAX_TAX_NAME),
            "tax_class": shown_rule(self.tax_class, MAX_TAX_CLASS),
            "rate": _rate_rule(self.rate),
        }
        if faults := {field: rule for field, rule in rules.items() if rule}:
            raise ValidationFailed(faults)

    def revise(self, **changes: Any) -> Self:
        """Return the rate with these changes and the next version. Raises ValidationFailed."""
        return replace(self, version=self.version + 1, **changes)

    @property
    def key(self) -> str:
        """Return the key that no other rate may have: country or region, and tax class."""
        return f"{self.region or self.country}:{self.tax_class.casefold()}"

    @property
    def parts(self) -> int:
        """Return the rate in ten-thousandths of a per cent: 190000 for 19 %."""
        return int(self.rate.scaleb(RATE_DECIMALS))


@dataclass(frozen=True, slots=True)
class Taxation:
    """The rates at the place of supply, by folded tax class. `included`: the catalogue's prices include tax.

    With `reverse_charge` the buyer owes the tax: none is charged, and prices that include it become net.
    """

    rates: Mapping[str, TaxRate]
    included: bool
    reverse_charge: bool = False

    def rate_of(self, tax_class: str) -> TaxRate | None:
        """Return the rate of a tax class; None if the place has none for it."""
        return self.rates.get(tax_class.casefold())

    @property
    def prices_include_tax(self) -> bool:
        """Return whether the prices of a quote include tax. With reverse charge, they never do."""
        return self.included and not self.reverse_charge

    def price(self, price: int, tax_class: str, step: int) -> int:
        """Return the price to quote: the catalogue's, or its net part where the buyer owes the tax."""
        rate = self.rate_of(tax_class)
        if not (self.included and self.reverse_charge) or rate is None:
            return price
        return net_of(price, rate, step)

    def tax_on(self, amount: int, tax_class: str, step: int) -> tuple[TaxRate | None, int]:
        """Return the rate that applies to an amount, and its tax, rounded half up once to `step`."""
        rate = None if self.reverse_charge else self.rate_of(tax_class)
        if rate is None:
            return None, 0
        if self.included:
            return rate, amount - net_of(amount, rate, step)
        return rate, half_up(amount * rate.parts, _HUNDRED_PERCENT, step)


UNTAXED: Final = Taxation({}, included=False)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The net amount taxed at one rate, and the tax, in minor units. `rate` is in per cent."""

    name: str
    rate: Decimal
    net: int
    tax: int


def rates_at(rates: Iterable[TaxRate], place: Place | None) -> dict[str, TaxRate]:
    """Return the rates that apply at a place, by folded tax class. A region's rate replaces its country's."""
    if place is None:
        return {}
    applying = [
        rate for rate in rates if rate.country == place.country and rate.region in (None, place.region)
    ]
    # A country's rates come first, so that a region's rate of the same class replaces them.
    return {rate.tax_class.casefold(): rate for rate in sorted(applying, key=lambda rate: rate.region or "")}


def net_of(gross: int, rate: TaxRate, step: int) -> int:
    """Return the net amount of a gross amount, rounded half up to `step`."""
    return half_up(gross * _HUNDRED_PERCENT, _HUNDRED_PERCENT + rate.parts, step)


def reverse_charge_applies(
    supply_country: str | None, shop_country: str | None, vat_id_country: str | None, eu_countries: Set[str]
) -> bool:
    """Return whether a buyer with a VAT id of `vat_id_country` owes the tax on goods supplied in `supply_country`.

    All three countries have to be in the EU, and the goods and the VAT id in another one than the shop.
    """
    return (
        shop_country in eu_countries
        and {supply_country, vat_id_country} <= eu_countries
        and shop_country not in (supply_country, vat_id_country)
    )


def _rate_rule(rate: Decimal) -> str | None:
    if not rate.is_finite() or not 0 <= rate <= 100:
        return "must be between 0 and 100"
    if rate != rate.quantize(Decimal(1).scaleb(-RATE_DECIMALS)):
        return f"must have at most {RATE_DECIMALS} decimals"
    return None
