"""Conversion to Stripe's amounts, and Stripe's limits on amounts.

Source: https://docs.stripe.com/currencies. Stripe's unit is the shop's minor unit, except for a few currencies.
"""

from typing import Final

from shop.domain.money import Currency
from shop.domain.payments.payment import TotalNotPayable

_UNITS_PER_MINOR: Final = {"ISK": 100, "UGX": 100}
"""Zero-decimal in ISO 4217; two-decimal at Stripe, for compatibility, and the decimals must be zero."""
_MINOR_PER_UNIT: Final = {"MGA": 100}
"""Two-decimal in ISO 4217, zero-decimal at Stripe."""

_MIN_AMOUNTS: Final = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400,
    "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
"""In Stripe's unit. Other currencies' minimums depend on the current exchange rate; Stripe enforces those."""
_MAX_AMOUNT: Final = 99_999_999
"""Eight digits, in Stripe's unit."""


def to_stripe(amount: int, currency: str) -> int:
    """Convert the shop's minor units to Stripe's unit. Raises TotalNotPayable if Stripe can't represent them."""
    step = Currency(currency).payable_step
    if amount % step:
        smallest = Currency(currency).to_major(step)
        raise TotalNotPayable(
            f"The payment provider takes {currency} in steps of {smallest} only.",
            {"currency": currency, "step": smallest},
        )
    return amount * _UNITS_PER_MINOR.get(currency, 1) // _MINOR_PER_UNIT.get(currency, 1)


def from_stripe(amount: int, currency: str) -> int:
    """Convert an amount in Stripe's unit to the shop's minor units."""
    return amount * _MINOR_PER_UNIT.get(currency, 1) // _UNITS_PER_MINOR.get(currency, 1)


def ensure_payable(amount: int, currency: str) -> None:
    """Raise TotalNotPayable unless Stripe accepts payments of this amount (in the shop's minor units)."""
    units = to_stripe(amount, currency)
    least = _MIN_AMOUNTS.get(currency, 1)
    if least <= units <= _MAX_AMOUNT:
        return
    major = Currency(currency).to_major
    bound, limit = ("least", least) if units < least else ("most", _MAX_AMOUNT)
    stated = major(from_stripe(limit, currency))
    raise TotalNotPayable(
        f"The payment provider takes {stated} {currency} at {bound}, not {major(amount)}.",
        {"total": major(amount), bound: stated, "currency": currency},
    )
