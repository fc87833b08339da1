"""Wiring of the pricing room."""

from collections.abc import Mapping

from dependency_injector import providers

from shop.adapters.eu_vat_rates import EuVatRates
from shop.application.framework.stored_settings import PRICES_INCLUDE_TAX
from shop.application.ports.places import Places, VatIds
from shop.application.ports.pricing import SellingRulesQueries
from shop.application.pricing.quoting import Quotes, SellingTerms
from shop.application.pricing.seeding import SeedTaxRates
from shop.application.pricing.tax_rates import AdministerTaxRates, TaxRateTerms
from shop.container.room import Room
from shop.settings import Settings, SettingsError


def tax_settings(settings: Settings) -> Mapping[str, str]:
    """Return the settings that are stored with the first tax rate, by variable."""
    return {PRICES_INCLUDE_TAX: "true" if settings.prices_include_tax else "false"}


def quotes_of(settings: Settings, places: Places, vat_ids: VatIds) -> Quotes:
    """Return the calculation of prices. Raises SettingsError for an unknown country."""
    if settings.country is not None and places.country(settings.country) is None:
        raise SettingsError(
            [f"SHOP_COUNTRY must be a two-letter country code such as DE, not {settings.country!r}."]
        )
    terms = SellingTerms(
        settings.currency, settings.country, settings.prices_include_tax, settings.reverse_charge
    )
    return Quotes(terms, places, vat_ids)


class Pricing(Room):
    """Tax rates."""

    selling_rules_queries = providers.Dependency(instance_of=SellingRulesQueries)

    tax_rate_terms = providers.Singleton(TaxRateTerms, Room.places)
    administer_tax_rates = providers.Singleton(
        AdministerTaxRates,
        kind=tax_rate_terms.provided.kind.call(),
        unit_of_work=Room.unit_of_work,
        queries=selling_rules_queries,
        current_rules=Room.current_rules,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
        kept_settings=providers.Callable(tax_settings, Room.settings),
    )
    seed_tax_rates = providers.Singleton(
        SeedTaxRates,
        unit_of_work=Room.unit_of_work,
        published=providers.Singleton(EuVatRates),
        terms=tax_rate_terms,
        current_rules=Room.current_rules,
        ids=Room.ids,
        audit=Room.audit,
        kept_settings=providers.Callable(tax_settings, Room.settings),
    )
