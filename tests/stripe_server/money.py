"""What Stripe charges at least and at most, in minor units, by its table of minimum and maximum amounts."""

from typing import Final

MINIMUM_AMOUNTS: Final = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
"""By currency; the fake takes no others."""

MAXIMUM_AMOUNT: Final = 99_999_999
"""Eight digits in any currency."""

_WITHOUT_MINOR_UNITS = {"jpy"}


def written(amount: int, currency: str) -> str:
    """An amount as in a message: `12.50 eur`."""
    return f"{amount} {currency}" if currency in _WITHOUT_MINOR_UNITS else f"{amount / 100:.2f} {currency}"
