"""Administration of tax rates."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.framework.inputs import MajorUnits, takes_back, text
from shop.application.ports.places import Places
from shop.application.pricing.places import PlaceTerms
from shop.application.pricing.selling_rules import AdministerRules, RuleKind
from shop.application.pricing.views import plain
from shop.domain.audit import AuditAction
from shop.domain.catalogue.product import MAX_TAX_CLASS, STANDARD_TAX_CLASS
from shop.domain.pricing.tax import MAX_TAX_NAME, TaxRate
from shop.domain.text import one_line

Percentage = Annotated[MajorUnits, msgspec.Meta(extra_json_schema={"minimum": 0, "maximum": 100})]
TaxClass = Annotated[str, text(MAX_TAX_CLASS, 1)]
TaxName = Annotated[str, text(MAX_TAX_NAME, 1)]
CountryCode = Annotated[str, text(2, 2, pattern="^[A-Za-z]{2}$")]
RegionCode = Annotated[str, text(100)]


class TaxRateInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new rate in per cent, of at most 4 decimals. `region` is an ISO 3166-2 code of the country."""

    name: TaxName
    country: CountryCode
    rate: Percentage
    region: RegionCode | None = None
    tax_class: TaxClass = STANDARD_TAX_CLASS


class TaxRateView(msgspec.Struct, frozen=True, rename="camel"):
    """A rate in per cent. Products and shipping methods of the tax class are taxed by it in the country or region."""

    id: str
    name: str
    country: str
    region: str | None
    tax_class: str
    rate: Decimal
    version: int


@takes_back(TaxRateView)
class TaxRatePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored."""

    name: TaxName | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    rate: Percentage | UnsetType = UNSET
    region: RegionCode | UnsetType | None = UNSET
    tax_class: TaxClass | UnsetType = UNSET


class TaxRateTerms:
    """Converts tax rate inputs to entities and entities to views."""

    def __init__(self, places: Places) -> None:
        self._places = PlaceTerms(places)

    def kind(self) -> RuleKind[TaxRate, TaxRateInput, TaxRatePatch, TaxRateView]:
        """Return the functions and names with which AdministerRules handles tax rates."""
        return RuleKind(
            "tax rate",
            lambda rules: rules.tax_rates,
            self.create,
            self.revise,
            self.view,
            AuditAction.TAX_RATE_CREATED,
            AuditAction.TAX_RATE_CHANGED,
            AuditAction.TAX_RATE_DELETED,
        )

    def create(self, rate_id: str, new: TaxRateInput) -> TaxRate:
        """Return a new rate. Raises ValidationFailed."""
        country = self._places.country(new.country, "country")
        return TaxRate(
            id=rate_id,
            name=one_line(new.name),
            country=country,
            region=self._places.region(country, new.region, "region"),
            tax_class=one_line(new.tax_class),
            rate=Decimal(new.rate),
        )

    def revise(self, rate: TaxRate, patch: TaxRatePatch) -> TaxRate:
        """Return the changed rate. Raises ValidationFailed."""
        country = rate.country if patch.country is UNSET else self._places.country(patch.country, "country")
        region = rate.region if patch.region is UNSET else patch.region
        return rate.revise(
            name=rate.name if patch.name is UNSET else one_line(patch.name),
            country=country,
            region=self._places.region(country, region, "region"),
            tax_class=rate.tax_class if patch.tax_class is UNSET else one_line(patch.tax_class),
            rate=rate.rate if patch.rate is UNSET else Decimal(patch.rate),
        )

    def view(self, rate: TaxRate) -> TaxRateView:
        """Return the rate as the API shows it."""
        return TaxRateView(
            rate.id, rate.name, rate.country, rate.region, rate.tax_class, plain(rate.rate), rate.version
        )


class AdministerTaxRates(AdministerRules[TaxRate, TaxRateInput, TaxRatePatch, TaxRateView]):
    """Admins: manage tax rates. A region's rate overrides its country's; one per country, region and class."""
