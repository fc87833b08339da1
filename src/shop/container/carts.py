"""Wiring of the carts room."""

from typing import Final

from dependency_injector import providers

from shop.application.carts.cart import (
    AddToCart,
    ApplyPromoCode,
    ClearCart,
    DropPromoCode,
    GetCart,
    RemoveFromCart,
    SetQuantity,
)
from shop.application.carts.guests import CreateGuestCart, FindGuest, GuestRules, PurgeGuestCarts
from shop.application.carts.merging import MergeCarts
from shop.application.carts.pricing import CartPricing
from shop.application.carts.shipping import ChooseShipping, DropShipping, ListShippingOptions
from shop.application.ports.carts import CartQueries
from shop.application.ports.pricing import SellingRulesQueries
from shop.application.pricing.quoting import Quotes
from shop.container.room import Dependencies, Room


class Carts(Room):
    """Carts."""

    cart_queries = providers.Dependency(instance_of=CartQueries)
    selling_rules_queries = providers.Dependency(instance_of=SellingRulesQueries)
    quotes = providers.Dependency(instance_of=Quotes)

    cart_pricing = providers.Singleton(
        CartPricing, clock=Room.clock, quotes=quotes, current_rules=Room.current_rules
    )
    _changing: Final[Dependencies] = {
        "unit_of_work": Room.unit_of_work,
        "ids": Room.ids,
        "pricing": cart_pricing,
        "clock": Room.clock,
    }

    get_cart = providers.Singleton(GetCart, **_changing, carts=cart_queries)
    add_to_cart = providers.Singleton(AddToCart, **_changing)
    set_quantity = providers.Singleton(SetQuantity, **_changing)
    remove_from_cart = providers.Singleton(RemoveFromCart, **_changing)
    clear_cart = providers.Singleton(ClearCart, **_changing)
    apply_promo_code = providers.Singleton(ApplyPromoCode, **_changing)
    drop_promo_code = providers.Singleton(DropPromoCode, **_changing)
    guest_rules = providers.Singleton(
        GuestRules,
        are_allowed=Room.settings.provided.guests,
        carts_per_hour=Room.settings.provided.guest_carts_per_hour,
    )
    create_guest_cart = providers.Singleton(
        CreateGuestCart, **_changing, digests=Room.digests, secret_box=Room.secret_box, rules=guest_rules
    )
    merge_carts = providers.Singleton(
        MergeCarts, carts=cart_queries, unit_of_work=Room.unit_of_work, clock=Room.clock, ids=Room.ids
    )
    find_guest = providers.Singleton(FindGuest, carts=cart_queries)
    purge_guest_carts = providers.Singleton(
        PurgeGuestCarts,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        lifetime=Room.settings.provided.cart_lifetime,
    )
    list_shipping_options = providers.Singleton(
        ListShippingOptions,
        carts=cart_queries,
        selling_rules=selling_rules_queries,
        quotes=quotes,
        places=Room.places,
    )
    choose_shipping = providers.Singleton(ChooseShipping, **_changing, quotes=quotes, places=Room.places)
    drop_shipping = providers.Singleton(DropShipping, **_changing)
