"""Computes the figures expected for a sales history, and compares a storage's figures with them."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from shop.application.ports.statistics import ItemRanking, ItemSort, SoldBy
from shop.contract.sales_history import History, Trade
from shop.domain.orders.order import OrderStatus
from shop.domain.periods import Span
from shop.domain.statistics.figures import Figures, SalesFigures


def added_up(
    trades: Sequence[Trade], span: Span, zone: ZoneInfo
) -> tuple[SalesFigures, dict[SoldBy, dict[str, Figures]]]:
    """Add up every order and refund separately, also by variant and by product."""
    days: dict[Any, Figures] = defaultdict(Figures)
    items: dict[str, Figures] = defaultdict(Figures)
    products: dict[str, Figures] = defaultdict(Figures)
    promo_codes: dict[Any, Figures] = defaultdict(Figures)
    for trade in trades:
        snapshot = trade.snapshot
        if trade.paid_at and trade.paid_at in span:
            figures = Figures(1, sum(snapshot.quantities.values()), snapshot.subtotal, snapshot.discount)
            days[trade.paid_at.astimezone(zone).date()] += replace(
                figures,
                shipping=snapshot.shipping.price if snapshot.shipping else 0,
                tax=snapshot.tax,
                tax_added=0 if snapshot.prices_include_tax else snapshot.tax,
            )
            if snapshot.promo_code is not None:
                promo_codes[snapshot.promo_code] += figures
            for line in snapshot.lines:
                sold = Figures(0, line.quantity, line.unit_price * line.quantity, line.discount)
                items[line.item_id] += replace(sold, orders=1)
                products[line.product_id] += sold
            for product_id in snapshot.product_ids:
                products[product_id] += Figures(orders=1)
        for entry in (entry for entry in trade.entries if not entry.is_sale and entry.at in span):
            share = Figures(refunded=entry.refunded, disputed=entry.disputed)
            items[entry.item_id] += share
            products[entry.product_id] += share
            if snapshot.promo_code is not None:
                promo_codes[snapshot.promo_code] += share
            days[entry.at.astimezone(zone).date()] += replace(
                share, shipping=entry.shipping, tax=entry.tax, tax_added=entry.tax_added
            )
    sold_by = {SoldBy.VARIANT: dict(items), SoldBy.PRODUCT: dict(products)}
    return SalesFigures(dict(days), dict(promo_codes)), sold_by


def money_kept(trades: Sequence[Trade], span: Span) -> int:
    """Return the amounts captured less those refunded and lost in disputes, in minor units.

    The sum is computed from order totals, refunds and disputes only, without the sales ledger.
    """
    captured = sum(
        trade.snapshot.total for trade in trades if trade.paid_at is not None and trade.paid_at in span
    )
    returned = sum(
        amount for trade in trades for at, amount in (*trade.refunds, *trade.disputes) if at in span
    )
    return captured - returned


def statuses(trades: Sequence[Trade], span: Span) -> dict[OrderStatus, int]:
    return dict(Counter(trade.order.status for trade in trades if trade.snapshot.created_at in span))


async def assert_figures(storage: Any, history: History, zone: ZoneInfo) -> None:
    """Check the storage's figures over all time, and over spans with random bounds."""
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
        expected, sold_by = added_up(history.trades, span, zone)
        assert dict(found.by_day) == dict(expected.by_day), span
        collected = found.total.net + found.total.shipping + found.total.tax_added
        assert collected == money_kept(history.trades, span), span
        assert dict(found.by_promo_code) == dict(expected.by_promo_code), span
        assert await storage.statistics.sales_by_promo_code(span, zone) == expected.by_promo_code
        for by, sold in sold_by.items():
            await assert_items(storage, span, zone, by, sold)
        assert dict(await storage.statistics.orders_by_status(span)) == statuses(history.trades, span), span


async def assert_items(
    storage: Any, span: Span, zone: ZoneInfo, by: SoldBy, sold: Mapping[str, Figures]
) -> None:
    """Check all pages in every sort order; for products, only in two of them."""
    rankings = list(itertools.product(ItemSort, (False, True), (False, True)))
    if by is SoldBy.PRODUCT:
        rankings = [rankings[0], rankings[-1]]
    for sort, ascending, ties_descending in rankings:
        expected = sorted(sold.items(), reverse=ties_descending, key=itemgetter(0))
        by_net = sort is ItemSort.REVENUE
        ranked = {item_id: each.net if by_net else each.quantity for item_id, each in expected}
        expected.sort(key=lambda item: ranked[item[0]], reverse=not ascending)
        ranking = ItemRanking(sort, ascending, ties_descending, by)
        pages = [await storage.statistics.items(span, zone, ranking, page, 3) for page in (1, 2, 9)]
        assert [item for page, _ in pages for item in page] == expected, (span, ranking)
        assert {total for _, total in pages} == {len(expected)}
