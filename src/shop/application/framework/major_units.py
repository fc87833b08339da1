"""Amounts of money in requests: decimal numbers of major units."""

from decimal import Decimal
from typing import Self


class MajorUnits(Decimal):
    """An amount in a currency's major unit (25.99), with exactly the digits that the caller sent.

    Input structs take money in fields of this type; `Currency.to_minor(amount, field)` converts it to minor
    units and validates it (sign, decimals, size). JSON strings, booleans and null are refused.
    """

    @classmethod
    def from_json(cls, number: object) -> Self:
        """Return the amount for a decoded JSON number (an int or a Decimal).

        Raises ValueError for anything else, including a float, which does not preserve the caller's digits.
        """
        if isinstance(number, bool) or not isinstance(number, int | Decimal):
            raise ValueError("must be a number")
        return cls(number)
