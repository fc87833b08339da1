"""Wiring of the pricing room."""

from dependency_injector import providers

from shop.application.ports.places import Places
from shop.application.ports.pricing import CurrentRules, SellingRulesQueries
from shop.application.pricing.tax_rates import AdministerTaxRates, TaxRateTerms
from shop.container.room import Room


class Pricing(Room):
    """Tax rates."""

    places = providers.Dependency(instance_of=Places)
    selling_rules_queries = providers.Dependency(instance_of=SellingRulesQueries)
    current_rules = providers.Dependency(instance_of=CurrentRules)

    tax_rate_terms = providers.Singleton(TaxRateTerms, places)
    administer_tax_rates = providers.Singleton(
        AdministerTaxRates,
        kind=tax_rate_terms.provided.kind.call(),
        unit_of_work=Room.unit_of_work,
        queries=selling_rules_queries,
        current_rules=current_rules,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
