"""Where promo codes and their uses are kept."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.promotions.promo_code import PromoCode


@runtime_checkable
class PromoCodes(Protocol):
    """Promo codes by their folded code. A use is a row, unique on code and order."""

    async def get(self, code: str, user_id: str) -> tuple[PromoCode, int] | None:
        """The code (compared without case) and how often the user has used it; None if unknown. One statement."""

    async def lock(self, code: str) -> PromoCode | None:
        """The code, locked for an administrator's change."""

    async def add(self, promo_code: PromoCode) -> None:
        """Store a new code. Raises PromoCodeTaken (at the latest when the unit of work ends)."""

    async def save(self, promo_code: PromoCode) -> None:
        """Store the rules of a locked code; its uses are left alone."""

    async def delete(self, promo_code: PromoCode) -> None:
        """Remove a locked code and its uses; orders keep what they were given."""

    async def claim_use(self, promo_code: PromoCode, order_id: str, user_id: str, at: datetime) -> None:
        """Count one use for the order, whatever others do at the same time. Two statements.

        Takes the code's row lock until the unit of work ends. Raises PromoCodeNotApplicable when the code was
        deleted, switched off, used up, or used up by this customer in the meantime.
        """

    async def give_back_use(self, order_id: str) -> None:
        """Undo the order's use, if there is one and its code still exists; doing it twice gives back once."""


@runtime_checkable
class PromoCodeQueries(Protocol):
    """Reads of promo codes outside a unit of work."""

    async def promo_code(self, code: str, user_id: str) -> tuple[PromoCode, int] | None:
        """The code (compared without case) and how often the user has used it; None if unknown."""

    async def promo_codes(self, page: int, limit: int) -> tuple[list[PromoCode], int]:
        """One page of all codes, oldest first, and their number."""

    async def public(self, at: datetime, limit: int) -> list[PromoCode]:
        """Public codes that somebody could use at the moment, oldest first."""
