"""Generated orders over two years: a few bestsellers, busy weekends and winters, and most orders are paid.

Some orders use a promo code, and some are refunded in full or in part.
"""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.sandbox_ledger import SandboxIntent
from shop.adapters.sql.seeding.data import DAYS, seeded_id
from shop.domain.address import Address
from shop.domain.carts.cart import CartLine
from shop.domain.money import Currency
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import Contact, OrderSnapshot
from shop.domain.payments.payment import Payment, PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus
from shop.domain.pricing.quote import Offer, quote
from shop.domain.promotions.promo_code import PromoCode, PromoCodeNotApplicable

_TERM: Final = timedelta(minutes=30)
_UNPAID_SHARE: Final = 0.06
_REFUNDED_SHARE: Final = 0.04
_PROMO_CODE_SHARE: Final = 0.15
_REASONS: Final = ("arrived broken", "not as described", "too late", "did not fit")


@dataclass(frozen=True, slots=True)
class SeededOrder:
    """An order at the end of the history, with its payment; unpaid orders have expired by then."""

    snapshot: OrderSnapshot
    order: Order
    payment: Payment
    intent: SandboxIntent
    promo_code: PromoCode | None
    refund: Refund | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """Buyers and offers in order of creation, with their times of creation, and the promo codes."""

    buyers: Sequence[str]
    buyers_since: Sequence[datetime]
    offers: Sequence[Offer]
    offers_since: Sequence[datetime]
    promo_codes: Sequence[PromoCode]

    def buyer(self, chance: random.Random, at: datetime) -> str:
        """Return a random buyer who existed at that time; any buyer if there was none."""
        return self.buyers[chance.randrange(bisect(self.buyers_since, at) or len(self.buyers))]

    def offer(self, chance: random.Random, at: datetime) -> Offer:
        """Return a random offer, like `buyer`. The cube gives a tenth of the products almost half of the sales."""
        existing = bisect(self.offers_since, at) or len(self.offers)
        return self.offers[int(existing * chance.random() ** 3)]


def seeded_orders(
    random_seed: int, market: Market, currency: str, total: int, end: datetime
) -> Iterator[SeededOrder]:
    """Yield orders of the two years before `end`, day by day."""
    chance = random.Random(f"orders {random_seed}")  # noqa: S311 (nothing secret)
    opening = end - timedelta(days=DAYS)
    busy = list(accumulate(_daily_orders(opening + timedelta(days=day), day) for day in range(DAYS)))
    uses: dict[tuple[str, str], int] = {}
    for day in sorted(chance.choices(range(DAYS), cum_weights=busy, k=total)):
        # No orders in the last hour of a day, so that the last day's orders are paid or expired before it ends.
        at = opening + timedelta(days=day, seconds=chance.triangular(0, 82_800, 68_000))
        buyer = market.buyer(chance, at)
        promo_code = chance.choice(market.promo_codes) if chance.random() < _PROMO_CODE_SHARE else None
        if promo_code is not None and not _is_usable(promo_code, at, uses.get((promo_code.id, buyer), 0)):
            promo_code = None
        snapshot = _snapshot(chance, buyer, market, promo_code, currency, at)
        order = _settled(chance, snapshot, end, unpaid=chance.random() < _UNPAID_SHARE)
        if promo_code is not None and snapshot.promo_code and order.payment.status is PaymentStatus.SUCCEEDED:
            uses[promo_code.id, buyer] = uses.get((promo_code.id, buyer), 0) + 1
            order = replace(order, promo_code=promo_code)
        yield order


def _daily_orders(day: datetime, number: int) -> float:
    """Return a day's relative sales volume: it grows over time, at weekends and before the holidays."""
    growth = 1 + number / DAYS
    weekend = 1.4 if day.weekday() >= 5 else 1.0
    season = {11: 1.6, 12: 2.0, 1: 0.7, 7: 0.8, 8: 0.8}.get(day.month, 1.0)
    return growth * weekend * season


def _is_usable(promo_code: PromoCode, at: datetime, used_by_customer: int) -> bool:
    try:
        promo_code.ensure_usable(at, used_by_customer)
    except PromoCodeNotApplicable:
        return False
    return True


def _snapshot(
    chance: random.Random,
    buyer: str,
    market: Market,
    promo_code: PromoCode | None,
    currency: str,
    at: datetime,
) -> OrderSnapshot:
    """Return a random order, with the code's discount if the subtotal is large enough for it."""
    offers = [market.offer(chance, at) for _ in range(chance.choice((1, 1, 2, 3, 4)))]
    basket = {offer.item_id: offer for offer in offers}
    lines = [CartLine(item_id, chance.choice((1, 1, 1, 2, 3))) for item_id in basket]
    try:
        quoted = quote(lines, basket, promo_code, Currency(currency))
    except PromoCodeNotApplicable:
        quoted = quote(lines, basket, None, Currency(currency))
    return OrderSnapshot.of_quote(
        quoted,
        order_id=seeded_id(chance, at),
        user_id=buyer,
        at=at,
        currency=currency,
        contact=Contact(),
        shipping_address=Address(),
    )


def _settled(chance: random.Random, snapshot: OrderSnapshot, end: datetime, *, unpaid: bool) -> SeededOrder:
    placed_at = snapshot.created_at
    intent = SandboxIntent(
        id=f"pi_sandbox_{snapshot.id.replace('-', '')}",
        order_id=snapshot.id,
        attempt=1,
        amount=snapshot.total,
        currency=snapshot.currency,
        client_secret=f"closed_{snapshot.id}",
        status=PaymentStatus.CANCELLED if unpaid else PaymentStatus.SUCCEEDED,
        created_at=placed_at,
    )
    ended_at = placed_at + (_TERM if unpaid else timedelta(seconds=chance.randrange(20, 600)))
    payment = Payment(
        order_id=snapshot.id,
        attempt=1,
        provider=SandboxPayments.name,
        intent_id=intent.id,
        client_secret=intent.client_secret,
        status=intent.status,
        amount=snapshot.total,
        currency=snapshot.currency,
        created_at=placed_at,
        updated_at=ended_at,
    )
    order = Order.place(snapshot, placed_at + _TERM)
    if unpaid:
        order = order.begin_cancelling(ended_at, CancellationReason.EXPIRED).finish_cancelling(ended_at)
        return SeededOrder(snapshot, order, payment, intent, None)
    order, refund = _delivered(chance, order.pay(ended_at), payment, end)
    if refund is not None:
        order = order.refund(refund.amount, refund.created_at)
        intent = replace(intent, refunded=refund.amount)
    return SeededOrder(snapshot, order, payment, intent, None, refund)


def _delivered(
    chance: random.Random, order: Order, payment: Payment, end: datetime
) -> tuple[Order, Refund | None]:
    """Return the paid order as shipped and delivered by the end of the history, and its refund, if any."""
    shipped_at = payment.updated_at + timedelta(hours=chance.randrange(4, 60))
    delivered_at = shipped_at + timedelta(hours=chance.randrange(20, 90))
    refunded_at = delivered_at + timedelta(hours=chance.randrange(12, 240))
    if shipped_at < end:
        order = order.ship(shipped_at)
    if delivered_at < end:
        order = order.deliver(delivered_at)
    if chance.random() >= _REFUNDED_SHARE or refunded_at >= end:
        return order, None
    return order, _refund(chance, payment, refunded_at)


def _refund(chance: random.Random, payment: Payment, at: datetime) -> Refund:
    """Return a refund of the whole payment or a whole percentage of it; goods are not returned to stock."""
    share = chance.choice((100, 100, 20, 30, 50))
    amount = max(payment.amount * share // 100, 1)
    reason = chance.choice(_REASONS)
    refund = Refund.of(seeded_id(chance, at), payment, amount, reason, at, restock=False)
    return refund.settle(RefundStatus.SUCCEEDED, f"re_sandbox_{refund.id.replace('-', '')}")
