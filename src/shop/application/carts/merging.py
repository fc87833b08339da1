"""Merging a guest's cart into an account's."""

from collections.abc import Mapping

from shop.application.carts.cart import locked_cart
from shop.application.carts.guests import token_digest
from shop.application.carts.merged_views import AdjustedLineView, MergedCartView
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.carts import CartQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWorkFactory
from shop.domain.carts.buyer import Customer, Guest
from shop.domain.carts.cart import AdjustedLine
from shop.domain.errors import ShopError
from shop.domain.pricing.quote import Offer


class MergeCarts:
    """Adds a guest's cart to an account's cart, and deletes it: at most once per guest's cart.

    Quantities add up to at most 999 and the stock. The account's promo code and shipping choice win.
    """

    def __init__(self, carts: CartQueries, unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids) -> None:
        self._carts = carts
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids

    async def __call__(self, user_id: str, token: str | None) -> MergedCartView | None:
        """Merge the cart with this token into the user's.

        Return None without a token, for an unknown token, when the cart was merged before, and when the merge
        fails: the login has already committed. After a failure, the token stays valid.
        """
        if token is None:
            return None
        try:
            guest = await self._carts.guest(token_digest(token))
            adjusted = await self._merge(guest, user_id) if guest is not None else None
        except (ShopError, TransactionConflict):
            return None
        if adjusted is None:
            return None
        return MergedCartView(
            True, [AdjustedLineView(line.item_id, line.wanted, line.got) for line in adjusted]
        )

    @retry_on_conflict
    async def _merge(self, guest: Guest, user_id: str) -> tuple[AdjustedLine, ...] | None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            # Every merge locks the guest's cart first: no two can deadlock, and the second one finds it gone.
            guest_cart = await work.carts.lock(guest)
            if guest_cart is None:
                return None
            before = await locked_cart(work, Customer(user_id), self._ids, now)
            item_ids = [line.item_id for line in guest_cart.lines]
            offers = await work.products.offers(item_ids) if item_ids else {}
            cart, adjusted = before.merge(guest_cart, _in_stock(offers))
            await work.carts.save(cart, before, now)
            await work.carts.delete(guest)
        return adjusted


def _in_stock(offers: Mapping[str, Offer]) -> dict[str, int]:
    return {offer.item_id: offer.available for offer in offers.values() if offer.active and not offer.removed}
