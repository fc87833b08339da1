"""Storage of promo codes and their uses."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.promotions.promo_code import CodeUser, PromoCode


@runtime_checkable
class PromoCodes(Protocol):
    """Promo codes by their folded code. A use is a row, unique on code and order.

    The uses of an account include uses by guests with the account's verified email address. The uses of a
    guest include uses by the account that has verified the guest's address. Both use the accounts' current
    addresses. A use also counts for the address that the account had when the code was used.
    """

    async def get(
        self, code: str, user: CodeUser, product_ids: Collection[str] = ()
    ) -> tuple[PromoCode, int] | None:
        """Return the code (ignoring case) and the number of the user's uses; None if unknown.

        The code says which of the products are in its categories or below. One statement, and one or two more for a
        code with categories.
        """

    async def lock(self, code: str) -> PromoCode | None:
        """Return the code, *locked* for an administrator's change; None if unknown."""

    async def add(self, promo_code: PromoCode) -> None:
        """Store a new code. Raises PromoCodeTaken (at the latest when the unit of work ends)."""

    async def save(self, promo_code: PromoCode) -> None:
        """Store the rules of a locked code; its uses don't change."""

    async def delete(self, promo_code: PromoCode) -> None:
        """Delete a locked code and its uses; orders keep their discounts."""

    async def claim_use(self, promo_code: PromoCode, order_id: str, user: CodeUser, at: datetime) -> None:
        """Record one use for the order, safely under concurrency. Two statements.

        Takes the code's row lock until the unit of work ends. Raises PromoCodeNotApplicable when the code was
        deleted, switched off, used up, or used up by this customer in the meantime.
        """

    async def give_use_to(self, order_id: str, user_id: str) -> None:
        """Count the order's use, if it has one, for this account too. Idempotent."""

    async def give_back_use(self, order_id: str) -> None:
        """Release the order's use, if it has one and the code still exists. Idempotent."""


@runtime_checkable
class PromoCodeQueries(Protocol):
    """Reads of promo codes outside a unit of work."""

    async def promo_code(self, code: str, user: CodeUser) -> tuple[PromoCode, int] | None:
        """Return the code (ignoring case) and the number of the user's uses; None if unknown."""

    async def promo_codes(self, page: int, limit: int) -> tuple[list[PromoCode], int]:
        """Return one page of all codes, oldest first, and their total number."""

    async def public(self, at: datetime, limit: int) -> list[PromoCode]:
        """Return public codes that are usable at `at`, oldest first."""
