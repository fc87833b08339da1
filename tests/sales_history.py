"""Random histories of a shop, and its figures added up the slow way: from orders, histories and refunds alone."""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from shop.application.ports.statistics import ItemRanking, ItemSort
from shop.domain.figures import Figures, SalesFigures
from shop.domain.order import Order, OrderLine, OrderSnapshot, OrderStatus
from shop.domain.payment import PaymentStatus, Refund, RefundStatus
from shop.domain.periods import Span
from tests.books import Books, read_books
from tests.integration.contract.order_samples import (
    TERM,
    a_payment,
    a_snapshot,
    a_user,
    ids,
    some_products,
)

MOMENTS = {
    "UTC": [
        "2026-02-28T23:59:59.999999",
        "2026-03-01T00:00:00",
        "2026-02-14T12:00:00",
        "2025-12-31T23:30:00",
    ],
    # Clocks go forward and back at night, and months end.
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
    # Midnight itself is skipped, and comes twice.
    "America/Havana": ["2026-03-08T01:00:00-04:00", "2026-11-01T00:30:00-04:00", "2026-11-01T00:30:00-05:00"],
}
"""By zone: moments at which days, months and offsets change."""


def moments_of(zone: str) -> list[datetime]:
    return [
        (
            moment if (moment := datetime.fromisoformat(text)).tzinfo else moment.replace(tzinfo=UTC)
        ).astimezone(UTC)
        for text in MOMENTS[zone]
    ]


class History:
    """Makes orders of a few customers for a few products, and brings them to all kinds of ends."""

    def __init__(self, storage: Any, zone: str, seed: int) -> None:
        self.storage = storage
        self.chance = random.Random(seed)
        self.moments = moments_of(zone)
        self.customers: list[str] = []
        self.products: list[str] = []
        self.sold: list[OrderSnapshot] = []

    async def begin(self) -> None:
        self.customers = [await a_user(self.storage.unit_of_work) for _ in range(2)]
        self.products = await some_products(self.storage.unit_of_work, 4)

    def moment(self) -> datetime:
        """One at which something changes, or a little beside it, or days away."""
        chance = self.chance
        off = chance.choice([timedelta(), timedelta(microseconds=-1), timedelta(hours=1), timedelta(days=1)])
        return chance.choice(self.moments) + off * chance.choice([-40, -1, 0, 1, 2, 40])

    async def go_on(self) -> None:
        """Something happens."""
        if self.sold and self.chance.random() < 0.4:
            await self._refund(self.chance.choice(self.sold))
        else:
            await self._order()

    async def _order(self) -> None:
        chance = self.chance
        snapshot = _priced(chance, chance.choice(self.customers), self.products, self.moment())
        order = Order.place(snapshot, snapshot.created_at + TERM)
        paid_at = snapshot.created_at + timedelta(minutes=chance.choice([0, 1, 29]))
        async with self.storage.unit_of_work() as work:
            if snapshot.total == 0:
                await work.orders.add(snapshot, order)
                await work.sales.record_sale(snapshot, snapshot.created_at)
            elif chance.random() < 0.75:
                await work.orders.add(snapshot, order.pay(paid_at))
                await work.payments.add(a_payment(order, status=PaymentStatus.SUCCEEDED))
                await work.sales.record_sale(snapshot, paid_at)
                self.sold.append(snapshot)
            else:
                await work.orders.add(snapshot, order)

    async def _refund(self, snapshot: OrderSnapshot) -> None:
        async with self.storage.unit_of_work() as work:
            order = await work.orders.lock(snapshot.id)
            left = order.total - order.refunded_total
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
            if status is RefundStatus.SUCCEEDED:
                await work.sales.record_refund(order.id, refund.id, amount, at)
                await work.orders.save(order.refund(amount, at))


def _priced(chance: random.Random, user_id: str, products: Sequence[str], at: datetime) -> OrderSnapshot:
    chosen = chance.sample(products, chance.randint(1, 3))
    plain = a_snapshot(user_id, *chosen, at=at)
    free = chance.random() < 0.1
    lines = tuple(
        OrderLine(
            line.product_id,
            line.sku,
            line.name,
            price := chance.choice([0, 1, 99, 2599]),
            quantity := chance.randint(1, 3),
            price * quantity if free else chance.randint(0, price * quantity),
        )
        for line in plain.lines
    )
    subtotal, discount = (
        sum(line.unit_price * line.quantity for line in lines),
        sum(line.discount for line in lines),
    )
    return replace(
        plain,
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        total=subtotal - discount,
        promo_code=chance.choice([None, "SPRING", "Fall-5"]),
    )


def added_up(books: Books, span: Span, zone: ZoneInfo) -> tuple[SalesFigures, dict[str, Figures]]:
    """Every order and refund by itself, also by product.

    A refund's shares are the ledger's: here only their sum is looked after.
    """
    days: dict[Any, Figures] = defaultdict(Figures)
    products: dict[Any, Figures] = defaultdict(Figures)
    promo_codes: dict[Any, Figures] = defaultdict(Figures)
    for order in books.orders.values():
        snapshot = order.snapshot
        paid = [change.at for change in order.history if change.status is OrderStatus.PAID]
        if paid and min(paid) in span:
            figures = Figures(1, sum(snapshot.quantities.values()), snapshot.subtotal, snapshot.discount)
            days[min(paid).astimezone(zone).date()] += figures
            if snapshot.promo_code is not None:
                promo_codes[snapshot.promo_code] += figures
            for line in snapshot.lines:
                products[line.product_id] += Figures(
                    1, line.quantity, line.unit_price * line.quantity, line.discount
                )
        for refund in order.refunds:
            if refund.status is RefundStatus.SUCCEEDED and refund.created_at in span:
                back = Figures(refunded=refund.amount)
                days[refund.created_at.astimezone(zone).date()] += back
                if snapshot.promo_code is not None:
                    promo_codes[snapshot.promo_code] += back
                shares = [share for share in order.sales if share.refund_id == refund.id]
                assert sum(share.refunded for share in shares) == refund.amount
                for share in shares:
                    products[share.product_id] += Figures(refunded=share.refunded)
    return SalesFigures(dict(days), dict(promo_codes)), dict(products)


def statuses(books: Books, span: Span) -> dict[OrderStatus, int]:
    return dict(
        Counter(order.order.status for order in books.orders.values() if order.snapshot.created_at in span)
    )


async def assert_figures(storage: Any, history: History, zone: ZoneInfo) -> None:
    """In all, and over spans that begin and end anywhere."""
    books = await read_books(storage, storage.sandbox_ledger)
    ends = [None, *(history.moment() for _ in range(4))]
    midnights = [
        datetime(moment.year, moment.month, moment.day, tzinfo=zone).astimezone(UTC)
        for moment in [history.moment() for _ in range(4)]
    ]
    nothing = Span(midnights[0] + timedelta(hours=1), midnights[0] + timedelta(hours=1))
    assert (await storage.statistics.sales(nothing, zone)).by_day == {}
    assert dict(await storage.statistics.orders_by_status(nothing)) == {}
    for since in (None, *midnights, *ends):
        until = history.chance.choice([*ends, *midnights])
        span = Span(since, until)
        if span.is_empty:
            continue
        found = await storage.statistics.sales(span, zone)
        expected, by_product = added_up(books, span, zone)
        assert dict(found.by_day) == dict(expected.by_day), span
        assert dict(found.by_promo_code) == dict(expected.by_promo_code), span
        assert await storage.statistics.sales_by_promo_code(span, zone) == expected.by_promo_code
        await assert_items(storage, span, zone, by_product)
        assert dict(await storage.statistics.orders_by_status(span)) == statuses(books, span), span


async def assert_items(storage: Any, span: Span, zone: ZoneInfo, by_product: Mapping[str, Figures]) -> None:
    """All pages, in every order."""
    for sort, ascending, ties_descending in itertools.product(ItemSort, (False, True), (False, True)):
        expected = sorted(by_product.items(), reverse=ties_descending, key=itemgetter(0))
        expected.sort(
            key=lambda item, sort=sort: item[1].net if sort is ItemSort.REVENUE else item[1].quantity,
            reverse=not ascending,
        )
        ranking = ItemRanking(sort, ascending, ties_descending)
        pages = [await storage.statistics.items(span, zone, ranking, page, 3) for page in (1, 2, 9)]
        assert [item for page, _ in pages for item in page] == expected, (span, ranking)
        assert {total for _, total in pages} == {len(expected)}
