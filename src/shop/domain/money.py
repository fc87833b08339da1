"""Money: integers of a currency's minor unit inside, exact decimals of its major unit at the edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from shop.domain.errors import ValidationFailed

MAX_MINOR_UNITS: Final = 10**10
"""The maximum of an amount in a request (a price, a discount, a refund), in minor units."""

# ISO 4217: currencies whose minor unit is not 1/100.
_NO_DECIMALS: Final = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DECIMALS: Final = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS: Final = dict.fromkeys(_NO_DECIMALS, 0) | dict.fromkeys(_THREE_DECIMALS, 3)
# Amounts that card networks settle in coarser steps than the minor unit: https://docs.stripe.com/currencies.
_PAYABLE_STEPS: Final = dict.fromkeys(_THREE_DECIMALS, 10) | {"MGA": 100}


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: its three-letter code and the number of decimals of its minor unit."""

    code: str

    def __post_init__(self) -> None:
        if (
            len(self.code) != 3
            or not self.code.isascii()
            or not self.code.isalpha()
            or not self.code.isupper()
        ):
            raise ValidationFailed({"currency": "must be a three-letter ISO 4217 code such as USD"})

    @property
    def decimals(self) -> int:
        return _DECIMALS.get(self.code, 2)

    @property
    def payable_step(self) -> int:
        """Return the step, in minor units, in which money can be moved: 10 in KWD (0.010), 1 in USD (0.01).

        Every part of a total must be a multiple of it: prices, discounts, shipping, taxes, refunds. `to_payable` rounds
        a computed amount; `price_to_minor` refuses an invalid input.
        """
        return _PAYABLE_STEPS.get(self.code, 1)

    def to_payable(self, minor: int) -> int:
        """Round an amount of minor units to the payable step, half up."""
        return half_up(minor, 1, self.payable_step)

    def to_major(self, minor: int) -> Decimal:
        """2599 -> Decimal("25.99"), exact."""
        return Decimal(minor).scaleb(-self.decimals)

    def to_major_if_any(self, minor: int | None) -> Decimal | None:
        """Like `to_major`, but return None for None."""
        return None if minor is None else self.to_major(minor)

    def to_minor(self, major: Decimal, field: str) -> int:
        """Decimal("25.99") -> 2599.

        Raises ValidationFailed naming `field` when the amount is negative, not finite, past
        MAX_MINOR_UNITS, or has more decimals than the currency.
        """
        if not major.is_finite():
            raise ValidationFailed({field: "must be a finite number"})
        if major < 0:
            raise ValidationFailed({field: "must not be negative"})
        # Compared before it is scaled: 1E+999999999 must not be multiplied out.
        if major > Decimal(MAX_MINOR_UNITS).scaleb(-self.decimals):
            raise ValidationFailed({field: f"must be at most {self.to_major(MAX_MINOR_UNITS)}"})
        minor = int(major.scaleb(self.decimals))
        # Scaling rounds a number with more digits than the decimal context, so compare with the input.
        if self.to_major(minor) != major:
            raise ValidationFailed({field: f"must have at most {self.decimals} decimals"})
        return minor

    def price_to_minor(self, major: Decimal, field: str) -> int:
        """Like `to_minor`, but also raise ValidationFailed when the amount is not a multiple of the payable step."""
        minor = self.to_minor(major, field)
        if minor % self.payable_step:
            raise ValidationFailed({field: f"must be a multiple of {self.to_major(self.payable_step)}"})
        return minor


def half_up(numerator: int, denominator: int, step: int) -> int:
    """Return the quotient, which must not be negative, rounded half up to a multiple of `step`."""
    assert numerator >= 0
    return (2 * numerator + denominator * step) // (2 * denominator * step) * step


def spread(amount: int, weights: Sequence[int], *, step: int = 1) -> list[int]:
    """Split `amount` exactly, in proportion to the weights.

    Shares are rounded by largest remainder; ties go to the earlier share. They are multiples of `step` if the
    amount and all weights are; otherwise of 1. With 0 <= amount <= sum(weights), no share exceeds its weight.
    """
    if step > 1 and not any(value % step for value in (amount, *weights)):
        shares = spread(amount // step, [weight // step for weight in weights])
        return [share * step for share in shares]
    whole = sum(weights)
    if amount == 0 or whole == 0:
        assert amount == 0, "nothing to spread over"
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares
