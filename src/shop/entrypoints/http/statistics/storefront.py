"""The public dashboard, on the wire."""

from typing import Final

import msgspec

from shop.application.framework.views import encode
from shop.application.statistics.storefront import CatalogueAtAGlance, PublicDashboard, PublicPromoCodeView

OFFERS: Final = (
    "A cart that is kept, on every device.",
    "Orders with their history, to pay, follow and cancel.",
    "Promo codes, also those with a number of uses for each customer.",
    "Statistics of what you bought and saved.",
)


class SignUpView(msgspec.Struct, frozen=True):
    """How to sign up, and why."""

    method: str
    path: str
    offers: tuple[str, ...]


class PublicDashboardView(CatalogueAtAGlance, frozen=True, rename="camel"):
    """The public dashboard. `products_available` is the number of products that can be bought now.

    `top_sellers` covers the last 30 days. `on_sale` lists products with a `compareAtPrice` above their price, most
    recently changed first.
    """

    promo_codes: list[PublicPromoCodeView]
    sign_up: SignUpView


class _OtherFields(msgspec.Struct, frozen=True, rename="camel"):
    promo_codes: list[PublicPromoCodeView]
    sign_up: SignUpView


def public_dashboard_body(dashboard: PublicDashboard) -> bytes:
    """Return a PublicDashboardView as JSON: the catalogue's part is already encoded, the rest is added."""
    others = _OtherFields(dashboard.promo_codes, SignUpView("POST", "/api/auth/signup", OFFERS))
    return dashboard.glance[:-1] + b"," + encode(others)[1:]
