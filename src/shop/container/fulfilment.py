"""Wiring of the fulfilment room."""

from dependency_injector import providers

from shop.application.fulfilment.shipping_methods import AdministerShippingMethods, ShippingMethodTerms
from shop.application.fulfilment.shipping_zones import AdministerShippingZones, ShippingZoneTerms
from shop.application.ports.pricing import SellingRulesQueries
from shop.container.room import Room


class Fulfilment(Room):
    """Shipping zones and methods."""

    selling_rules_queries = providers.Dependency(instance_of=SellingRulesQueries)

    shipping_zone_terms = providers.Singleton(ShippingZoneTerms, Room.places)
    administer_shipping_zones = providers.Singleton(
        AdministerShippingZones,
        kind=shipping_zone_terms.provided.kind.call(),
        unit_of_work=Room.unit_of_work,
        queries=selling_rules_queries,
        current_rules=Room.current_rules,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    shipping_method_terms = providers.Singleton(ShippingMethodTerms, Room.settings.provided.currency)
    administer_shipping_methods = providers.Singleton(
        AdministerShippingMethods,
        kind=shipping_method_terms.provided.kind.call(),
        unit_of_work=Room.unit_of_work,
        queries=selling_rules_queries,
        current_rules=Room.current_rules,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
