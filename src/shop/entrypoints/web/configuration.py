"""The settings that the pages need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Final

from shop.application.ports.places import Places
from shop.domain.payments.payment import PaymentMethod
from shop.settings import Payments, Settings

_CANDIDATE_CODES: Final = [first + second for first, second in product(ascii_uppercase, repeat=2)]
"""All pairs of letters; some of them are country codes."""


@dataclass(frozen=True, slots=True)
class PageConfiguration:
    """The configuration of the pages: the payment methods in order of preference, and other settings.

    `payment_terms` are how long an order may stay unpaid, by payment method in the same order.
    `publishable_key` is Stripe's, None unless Stripe is a payment provider; `refresh_ttl` is the lifetime of a
    login; `terms_version` is the version of the terms that buyers have to accept, if any; `countries` are the codes
    of the countries that addresses may have; `mail` tells whether the shop sends e-mail.
    """

    payments: Sequence[Payments]
    payment_methods: Sequence[PaymentMethod]
    payment_terms: Sequence[timedelta]
    publishable_key: str | None
    currency: str
    refresh_ttl: timedelta
    terms_version: str | None
    countries: Sequence[str]
    mail: bool
    name: str
    logo: Path | None
    accent_color: str | None
    footer_pages: Path | None

    @classmethod
    def of(cls, settings: Settings, places: Places) -> "PageConfiguration":
        payments = settings.payments or (Payments.SANDBOX,)
        return cls(
            payments=payments,
            payment_methods=[each.method for each in payments],
            payment_terms=[
                settings.transfer_term if each is Payments.MANUAL else settings.order_ttl for each in payments
            ],
            publishable_key=settings.stripe_publishable_key if Payments.STRIPE in payments else None,
            currency=settings.currency.code,
            refresh_ttl=settings.refresh_token_ttl,
            terms_version=settings.terms_version,
            countries=[code for code in _CANDIDATE_CODES if places.country(code)],
            mail=settings.mail is not None,
            name=settings.shop_name or "Shop",
            logo=settings.logo,
            accent_color=settings.accent_color,
            footer_pages=settings.footer_pages,
        )
