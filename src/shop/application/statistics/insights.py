"""Insights: actions that the figures suggest."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.statistics import ItemFacts, StatisticsQueries
from shop.application.ports.system import Clock
from shop.domain.money import Currency
from shop.domain.periods import Span, day_of, start_of_day
from shop.domain.promotions.promo_code import CodeUser
from shop.domain.statistics.insights import (
    RECENT_DAYS,
    SOON_DAYS,
    Insight,
    InsightKind,
    ItemSituation,
    Trend,
    insights_of_item,
    promo_code_loses_money,
)

_MAX_CANDIDATES: Final = 25
"""The maximum number of candidate items per kind."""


class FindInsights:
    """Finds insights about items that sell out, don't sell, are on sale or were changed recently."""

    def __init__(
        self,
        queries: StatisticsQueries,
        promo_codes: PromoCodeQueries,
        clock: Clock,
        zone: ZoneInfo,
        currency: Currency,
    ) -> None:
        self._queries = queries
        self._promo_codes = promo_codes
        self._clock = clock
        self._zone = zone
        self._currency = currency

    async def __call__(self) -> list[Insight]:
        """Return the insights, sorted by kind, then in the order found."""
        now = self._clock.now()
        today = day_of(now, self._zone)
        opened_at = await self._queries.opened_at()
        opened_on = today if opened_at is None else day_of(opened_at, self._zone)
        found = [*await self._of_items(today, opened_on), *await self._of_promo_codes(now, opened_on)]
        kinds = list(InsightKind)
        return sorted(found, key=lambda insight: kinds.index(insight.kind))

    async def _of_items(self, today: date, opened_on: date) -> list[Insight]:
        selling_out = await self._queries.selling_out(0, SOON_DAYS, _MAX_CANDIDATES)
        item_ids = [facts.id for facts in selling_out]
        item_ids += await self._queries.insight_candidates(_MAX_CANDIDATES)
        item_ids = list(dict.fromkeys(item_ids))
        facts = await self._queries.facts(item_ids)
        trends = await self._queries.trends(item_ids, today, self._zone)
        return [
            insight
            for item_id in item_ids
            if (item := facts.get(item_id)) is not None and item.listed
            for insight in insights_of_item(
                ItemSituation(
                    product_id=item.product_id,
                    item_id=item.id,
                    has_options=bool(item.options),
                    name=_name(item),
                    price=item.price,
                    compare_at_price=item.compare_at_price,
                    stock=item.stock,
                    since=max(opened_on, day_of(item.created_at, self._zone)),
                    today=today,
                    trend=trends.get(item_id, Trend()),
                ),
                self._currency,
            )
        ]

    async def _of_promo_codes(self, now: datetime, opened_on: date) -> list[Insight]:
        today = day_of(now, self._zone)
        span = Span(since=start_of_day(today - timedelta(days=RECENT_DAYS - 1), self._zone))
        found = []
        for code, uses in sorted((await self._queries.sales_by_promo_code(span, self._zone)).items()):
            current = await self._promo_codes.promo_code(code, CodeUser())
            if current is None or not current[0].active or current[0].is_spent(now):
                continue
            since = max(opened_on, day_of(current[0].created_at, self._zone))
            age = max((today - since).days, 0) + 1
            if (insight := promo_code_loses_money(code, uses, self._currency, age)) is not None:
                found.append(insight)
        return found


def _name(item: ItemFacts) -> str:
    chosen = ", ".join(value for _, value in item.options)
    return f"{item.name} ({chosen})" if chosen else item.name
