"""Random sales histories, stored order by order, with the ledger entries that each must produce."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shop.contract.order_samples import TERM, a_payment, a_snapshot, a_user, ids, some_products
from shop.contract.product_samples import a_product_in_sizes, store
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.orders.snapshot import OrderLine, OrderSnapshot
from shop.domain.payments.dispute import Dispute, DisputeStatus
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus
from shop.domain.pricing.shipping import QuotedShipping
from shop.domain.pricing.tax import TaxLine
from shop.domain.statistics.sales import (
    SalesEntry,
    entries_of_dispute,
    entries_of_failed_refund,
    entries_of_refund,
    entries_of_sale,
)

_RATE = Decimal("8.1")
MOMENTS = {
    "UTC": [
        "2026-02-28T23:59:59.999999",
        "2026-03-01T00:00:00",
        "2026-02-14T12:00:00",
        "2025-12-31T23:30:00",
    ],
    # Clock changes at night, and ends of months.
    "Europe/Berlin": [
        "2026-03-29T01:59:59+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T23:59:59.999999+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-31T23:59:59+01:00",
        "2026-11-01T00:00:00+01:00",
    ],
    "America/New_York": [
        "2026-03-08T01:59:59-05:00",
        "2026-03-08T03:00:00-04:00",
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T01:30:00-05:00",
        "2026-10-31T23:59:59.999999-04:00",
        "2026-11-01T00:00:00-04:00",
        "2026-12-31T23:59:59-05:00",
        "2027-01-01T00:00:00-05:00",
    ],
    # The clock change skips midnight, or repeats it.
    "America/Havana": ["2026-03-08T01:00:00-04:00", "2026-11-01T00:30:00-04:00", "2026-11-01T00:30:00-05:00"],
}
"""By zone: moments around which the day, the month or the UTC offset changes."""


def moments_of(zone: str) -> list[datetime]:
    return [
        (
            moment if (moment := datetime.fromisoformat(text)).tzinfo else moment.replace(tzinfo=UTC)
        ).astimezone(UTC)
        for text in MOMENTS[zone]
    ]


@dataclass(slots=True)
class Trade:
    """The operations on one order. `entries` are the ledger entries expected for it."""

    snapshot: OrderSnapshot
    order: Order
    paid_at: datetime | None = None
    refunds: list[tuple[datetime, int]] = field(default_factory=list)
    """Amounts refunded; negative if a refund failed afterwards."""
    succeeded: list[Refund] = field(default_factory=list)
    disputes: list[tuple[datetime, int]] = field(default_factory=list)
    """Amounts lost in disputes; negative if won back."""
    entries: list[SalesEntry] = field(default_factory=list)


class History:
    """Generates orders of a few customers for a few items, some of the same product, with all kinds of outcomes."""

    def __init__(self, storage: Any, zone: str, seed: int) -> None:
        self.storage = storage
        self.chance = random.Random(seed)
        self.moments = moments_of(zone)
        self.customers: list[str] = []
        self.items: list[str] = []
        self.product_of: dict[str, str] = {}
        self.trades: list[Trade] = []

    async def begin(self) -> None:
        self.customers = [await a_user(self.storage.unit_of_work) for _ in range(2)]
        self.product_of = {each: each for each in await some_products(self.storage.unit_of_work, 2)}
        product = a_product_in_sizes("S", "M", "L")
        await store(self.storage.unit_of_work, product)
        self.product_of.update(dict.fromkeys((variant.id for variant in product.variants), product.id))
        self.items = sorted(self.product_of)

    def moment(self) -> datetime:
        """Return one of `moments`, or a time that is between a microsecond and 40 days before or after it."""
        chance = self.chance
        off = chance.choice([timedelta(), timedelta(microseconds=-1), timedelta(hours=1), timedelta(days=1)])
        return chance.choice(self.moments) + off * chance.choice([-40, -1, 0, 1, 2, 40])

    async def go_on(self) -> None:
        """Apply one random operation."""
        sold = [trade for trade in self.trades if trade.paid_at and trade.snapshot.total]
        dice = self.chance.random()
        if sold and dice < 0.3:
            await self._refund(self.chance.choice(sold))
        elif sold and dice < 0.4:
            await self._fail_refund(self.chance.choice(sold))
        elif sold and dice < 0.5:
            await self._dispute(self.chance.choice(sold))
        else:
            await self._order()

    async def _order(self) -> None:
        chance = self.chance
        snapshot = self._priced(chance.choice(self.customers), self.moment())
        order = Order.place(snapshot, snapshot.created_at + TERM)
        paid_at = snapshot.created_at if snapshot.total == 0 else None
        if snapshot.total and chance.random() < 0.75:
            paid_at = snapshot.created_at + timedelta(minutes=chance.choice([0, 1, 29]))
            order = order.pay(paid_at)
        async with self.storage.unit_of_work() as work:
            await work.orders.add(snapshot, order)
            if paid_at and snapshot.total:
                await work.payments.add(a_payment(order, status=PaymentStatus.SUCCEEDED))
            if paid_at:
                await work.sales.record_sale(snapshot, paid_at)
        entries = entries_of_sale(snapshot, paid_at) if paid_at else []
        self.trades.append(Trade(snapshot, order, paid_at, entries=entries))

    async def _refund(self, trade: Trade) -> None:
        async with self.storage.unit_of_work() as work:
            order = await work.orders.lock(trade.snapshot.id)
            left = order.total - order.refunded_total - sum(amount for _, amount in trade.disputes)
            at, status = self.moment(), self.chance.choice([*RefundStatus, RefundStatus.SUCCEEDED])
            if not left:
                return
            amount = self.chance.choice([left, self.chance.randint(1, left)])
            refund = Refund(
                ids.new_id(), order.id, f"pi_{order.id}_1", amount, None, False, RefundStatus.PENDING, at
            )
            await work.payments.add_refund(refund)
            if status is RefundStatus.PENDING:
                return
            await work.payments.save_refund(refund.settle(status, "re"))
            if status is not RefundStatus.SUCCEEDED:
                return
            await work.sales.record_refund(order.id, refund.id, amount, at)
            trade.order = order.refund(amount, at)
            await work.orders.save(trade.order)
        trade.refunds.append((at, amount))
        trade.succeeded.append(refund.settle(status, "re"))
        trade.entries += entries_of_refund(trade.entries, refund.id, amount, at)

    async def _fail_refund(self, trade: Trade) -> None:
        """Make a refund fail that had succeeded."""
        if not trade.succeeded:
            return
        refund, at = trade.succeeded.pop(), self.moment()
        async with self.storage.unit_of_work() as work:
            order = await work.orders.lock(refund.order_id)
            await work.payments.save_refund(refund.settle(RefundStatus.FAILED, "re"))
            await work.sales.record_failed_refund(order.id, refund.id, at)
            trade.order = order.reverse_refund(refund.amount, at, OrderStatus.SHIPPED)
            await work.orders.save(trade.order)
        trade.refunds.append((at, -refund.amount))
        trade.entries += entries_of_failed_refund(trade.entries, refund.id, at)

    async def _dispute(self, trade: Trade) -> None:
        """Lose a dispute over the amount that is left, or win back everything that was lost."""
        lost = sum(amount for _, amount in trade.disputes)
        amount, at = -lost or trade.order.total - trade.order.refunded_total, self.moment()
        if not amount:
            return
        status = DisputeStatus.LOST if amount > 0 else DisputeStatus.WON
        dispute = Dispute.stated("dp", status, abs(amount), "fraudulent", at, at)
        async with self.storage.unit_of_work() as work:
            order = await work.orders.lock(trade.order.id)
            await work.sales.record_dispute(order.id, amount, at)
            trade.order = order.record_disputes([dispute])
            await work.orders.save(trade.order)
        trade.disputes.append((at, amount))
        trade.entries += entries_of_dispute(trade.entries, amount, at)

    def _priced(self, user_id: str, at: datetime) -> OrderSnapshot:
        chance = self.chance
        plain = a_snapshot(user_id, *chance.sample(self.items, chance.randint(1, 3)), at=at)
        free = chance.random() < 0.1
        lines = tuple(
            OrderLine(
                line.item_id,
                self.product_of[line.item_id],
                line.sku,
                line.name,
                price := chance.choice([0, 1, 99, 2599]),
                quantity := chance.randint(1, 3),
                price * quantity if free else chance.randint(0, price * quantity),
                tax_rate=_RATE,
                tax=tax if (tax := chance.choice([0, 1, 93])) <= (0 if free else price) else 0,
            )
            for line in plain.lines
        )
        shipping = None if free else chance.choice([None, QuotedShipping("post", "Post", 490, _RATE, 37)])
        included = chance.choice([False, True])
        tax = sum(line.tax for line in lines) + (shipping.tax if shipping else 0)
        subtotal, discount = (
            sum(line.unit_price * line.quantity for line in lines),
            sum(line.discount for line in lines),
        )
        return replace(
            plain,
            lines=lines,
            subtotal=subtotal,
            discount=discount,
            shipping=shipping,
            taxes=(TaxLine("VAT", _RATE, 0, tax),) if tax else (),
            prices_include_tax=included,
            total=subtotal - discount + (shipping.price if shipping else 0) + (0 if included else tax),
            promo_code=chance.choice([None, "SPRING", "Fall-5"]),
        )
