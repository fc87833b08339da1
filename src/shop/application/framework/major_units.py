"""Amounts of money as callers write them: decimal numbers of major units."""

from decimal import Decimal
from typing import Self


class MajorUnits(Decimal):
    """An amount in a currency's major unit (25.99), the very decimal that the caller wrote.

    Input structs take money in fields of this type; `Currency.to_minor(amount, field)` turns it into minor
    units and judges it (sign, decimals, size). JSON strings, booleans and null are refused.
    """

    @classmethod
    def from_json(cls, number: object) -> Self:
        """The amount that a decoded JSON number (an int or a Decimal) stands for.

        Raises ValueError for anything else, a float included: its digits are not those of the caller.
        """
        if isinstance(number, bool) or not isinstance(number, int | Decimal):
            raise ValueError("must be a number")
        return cls(number)
