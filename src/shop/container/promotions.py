"""Wiring of the promotions room."""

from dependency_injector import providers

from shop.application.ports.promotions import PromoCodeQueries
from shop.application.promotions.promo_codes import (
    ChangePromoCode,
    CheckPromoCode,
    CreatePromoCode,
    DeletePromoCode,
)
from shop.application.promotions.terms import PromoCodeTerms
from shop.container.room import Room


class Promotions(Room):
    """Promo codes."""

    promo_code_queries = providers.Dependency(instance_of=PromoCodeQueries)

    promo_code_terms = providers.Singleton(
        PromoCodeTerms, clock=Room.clock, currency=Room.settings.provided.currency
    )
    create_promo_code = providers.Singleton(
        CreatePromoCode,
        unit_of_work=Room.unit_of_work,
        ids=Room.ids,
        terms=promo_code_terms,
        audit=Room.audit,
    )
    change_promo_code = providers.Singleton(
        ChangePromoCode,
        unit_of_work=Room.unit_of_work,
        terms=promo_code_terms,
        audit=Room.audit,
        record=Room.record_events,
    )
    delete_promo_code = providers.Singleton(
        DeletePromoCode, unit_of_work=Room.unit_of_work, terms=promo_code_terms, audit=Room.audit
    )
    check_promo_code = providers.Singleton(CheckPromoCode, promo_codes=promo_code_queries, clock=Room.clock)
