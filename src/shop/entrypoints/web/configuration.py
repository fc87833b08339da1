"""What the pages need to know of the shop's settings."""

from dataclasses import dataclass
from datetime import timedelta

from shop.settings import Payments, Settings


@dataclass(frozen=True, slots=True)
class PageConfiguration:
    """`publishable_key` is Stripe's, None unless Stripe takes the payments; `refresh_ttl` how long a login lasts."""

    payments: Payments
    publishable_key: str | None
    currency: str
    refresh_ttl: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "PageConfiguration":
        stripe = settings.payments is Payments.STRIPE
        return cls(
            payments=settings.payments or Payments.SANDBOX,
            publishable_key=settings.stripe_publishable_key if stripe else None,
            currency=settings.currency.code,
            refresh_ttl=settings.refresh_token_ttl,
        )
