"""Stripe's minimum and maximum amounts, in minor units."""

from typing import Final

from tests.stripe_server.errors import invalid_request

MINIMUM_AMOUNTS: Final = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50, "bhd": 200, "kwd": 160, "tnd": 1600,
}  # fmt: skip
"""By currency; the fake accepts no others. Stripe computes the minima of currencies with three decimals by the day's
exchange rate; here they are fixed."""

_THREE_DECIMALS = {"bhd", "kwd", "tnd"}

MAXIMUM_AMOUNT: Final = 99_999_999
"""Eight digits in any currency."""

_WITHOUT_MINOR_UNITS = {"jpy"}


def check_step(amount: int, currency: str) -> None:
    """Refuse an amount in a currency with three decimals if its last digit is not 0."""
    if currency in _THREE_DECIMALS and amount % 10:
        raise invalid_request(
            f"Invalid amount: {currency} amounts must be multiples of 10.",
            code="parameter_invalid_integer",
            param="amount",
        )


def written(amount: int, currency: str) -> str:
    """Return an amount as written in messages: `12.50 eur`."""
    if currency in _THREE_DECIMALS:
        return f"{amount / 1000:.3f} {currency}"
    return f"{amount} {currency}" if currency in _WITHOUT_MINOR_UNITS else f"{amount / 100:.2f} {currency}"
