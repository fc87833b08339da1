"""What the figures suggest to do."""

from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.statistics import ItemFacts, StatisticsQueries
from shop.application.ports.system import Clock
from shop.domain.money import Currency
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
from shop.domain.statistics.periods import Span, day_of, start_of_day

_LOOKED_AT: Final = 25
"""Products of each kind that are looked at."""


class SuggestionView(msgspec.Struct, frozen=True):
    """A request to this API, ready to be sent by an admin."""

    method: str
    path: str
    body: dict[str, Any]


class InsightView(msgspec.Struct, frozen=True, rename="camel"):
    """Something the figures suggest: in words, with the figures behind it, and the request that would act on it.

    `item_id` is null where it is about no variant. Amounts in `evidence` are in the shop's currency.
    """

    kind: InsightKind
    item_id: str | None
    message: str
    evidence: dict[str, Any]
    suggestion: SuggestionView


class FindInsights:
    """What is worth a look at this moment: among what sells out, doesn't sell, is on sale or was changed lately."""

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

    async def __call__(self) -> list[InsightView]:
        """By kind, then as they were found."""
        found = [*await self._of_products(), *await self._of_promo_codes()]
        kinds = list(InsightKind)
        return [_view(insight) for insight in sorted(found, key=lambda insight: kinds.index(insight.kind))]

    async def _of_products(self) -> list[Insight]:
        selling_out = await self._queries.selling_out(0, SOON_DAYS, _LOOKED_AT)
        item_ids = [facts.id for facts in selling_out]
        item_ids += await self._queries.worth_a_look(_LOOKED_AT)
        item_ids = list(dict.fromkeys(item_ids))
        facts = await self._queries.facts(item_ids)
        today = day_of(self._clock.now(), self._zone)
        trends = await self._queries.trends(item_ids, today, self._zone)
        return [
            insight
            for item_id in item_ids
            if (product := facts.get(item_id)) is not None and product.listed
            for insight in insights_of_item(
                ItemSituation(
                    item_id=product.id,
                    product_id=product.product_id,
                    name=_name(product),
                    has_options=bool(product.options),
                    price=product.price,
                    compare_at_price=product.compare_at_price,
                    stock=product.stock,
                    listed_on=self._listed_on(product),
                    today=today,
                    trend=trends.get(item_id, Trend()),
                ),
                self._currency,
            )
        ]

    def _listed_on(self, product: ItemFacts) -> date:
        return day_of(product.created_at, self._zone)

    async def _of_promo_codes(self) -> list[Insight]:
        now = self._clock.now()
        first = day_of(now, self._zone) - timedelta(days=RECENT_DAYS - 1)
        span = Span(since=start_of_day(first, self._zone))
        found = []
        for code, uses in sorted((await self._queries.sales_by_promo_code(span, self._zone)).items()):
            insight = promo_code_loses_money(code, uses, self._currency)
            if insight is not None and await self._is_usable(code):
                found.append(insight)
        return found

    async def _is_usable(self, code: str) -> bool:
        present = await self._promo_codes.promo_code(code, "")
        return present is not None and present[0].active and not present[0].is_spent(self._clock.now())


def _name(facts: ItemFacts) -> str:
    """The product's name and what is chosen, such as `Shirt (M, Red)`."""
    chosen = ", ".join(value for _, value in facts.options)
    return f"{facts.name} ({chosen})" if chosen else facts.name


def _view(insight: Insight) -> InsightView:
    return InsightView(
        kind=insight.kind,
        item_id=insight.item_id,
        message=insight.message,
        evidence=dict(insight.evidence),
        suggestion=SuggestionView(
            insight.suggestion.method, insight.suggestion.path, dict(insight.suggestion.body)
        ),
    )
