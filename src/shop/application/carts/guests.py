"""Guests' carts: creating, finding and purging them."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import msgspec

from shop.application.carts.pricing import CartPricing, CartView
from shop.application.framework.network_addresses import network_of
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.carts import CartQueries
from shop.application.ports.system import Clock, Ids, KeyedDigests, SecretBox
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.carts.buyer import Guest, GuestsOff
from shop.domain.carts.cart import Cart
from shop.domain.errors import TooMany

_WINDOW: Final = timedelta(hours=1)
_BATCH_SIZE: Final = 500
_NEW_CARTS: Final = "new guest carts"
"""The purpose of the keyed digests of addresses."""


class NewCartView(msgspec.Struct, frozen=True, rename="camel"):
    """A guest's new cart and its token."""

    cart: CartView
    cart_token: str


@dataclass(frozen=True, slots=True)
class GuestRules:
    """The shop's settings for guests: whether they may buy, and new carts per hour and network address."""

    are_allowed: bool
    carts_per_hour: int

    def ensure_allowed(self) -> None:
        """Raise GuestsOff if the shop sells only to customers with an account."""
        if not self.are_allowed:
            raise GuestsOff


def token_digest(token: str) -> bytes:
    """Return the digest under which the shop stores a cart's or an order's token."""
    return sha256(token.encode()).digest()


class CreateGuestCart:
    """Anyone: create a cart without an account. The token in the answer is shown only once.

    Send it as the header `Cart-Token` with every request about the cart. Fails with GUESTS_OFF if the shop sells only
    to customers with an account, TOO_MANY after too many new carts from one network address within an hour.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        digests: KeyedDigests,
        secret_box: SecretBox,
        pricing: CartPricing,
        rules: GuestRules,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._digests = digests
        self._secret_box = secret_box
        self._pricing = pricing
        self._rules = rules

    async def __call__(self, address: str) -> NewCartView:
        self._rules.ensure_allowed()
        # Fail now rather than at the checkout, whose answer holds a secret.
        self._secret_box.seal(b"")
        token = self._ids.new_secret()
        cart_id = self._ids.new_id()
        cart = Cart(cart_id, Guest(cart_id, token_digest(token)))
        await self._store(cart, self._digests(_NEW_CARTS, network_of(address)))
        return NewCartView(self._pricing.empty_view(cart), token)

    @retry_on_conflict
    async def _store(self, cart: Cart, subject: bytes) -> None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            full_until = await work.rate_limits.take(
                subject, self._rules.carts_per_hour, at=now, window=_WINDOW
            )
            if full_until is not None:
                raise TooMany(
                    "Too many new carts came from this network address: try again later.",
                    retry_after=int((full_until - now).total_seconds()) + 1,
                )
            await work.carts.add(cart, now)


class FindGuest:
    """Finds the guest who holds a cart's token."""

    def __init__(self, carts: CartQueries) -> None:
        self._carts = carts

    async def __call__(self, token: str) -> Guest | None:
        """Return the guest; None if no cart has this token."""
        digest = token_digest(token)
        guest = await self._carts.guest(digest)
        return guest if guest is not None and compare_digest(guest.token_digest, digest) else None


class PurgeGuestCarts:
    """The worker: delete old guest carts, expired rate limits, and digests that limit unpaid orders.

    Those digests say where an order came from; they are deleted when the order can no longer be paid.

    Returns the number of rows deleted, 0 when nothing is left. It can be interrupted and rerun at any time.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, lifetime: timedelta) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lifetime = lifetime

    @retry_on_conflict
    async def __call__(self) -> int:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            carts = await work.carts.delete_guests_before(now - self._lifetime, _BATCH_SIZE)
            sources = await work.unpaid_guest_orders.purge(_BATCH_SIZE)
            limits = await work.rate_limits.delete_before(now - _WINDOW, _BATCH_SIZE)
        return carts + sources + limits
