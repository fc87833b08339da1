"""Insights on the wire: suggested actions, as requests to this API."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from shop.application.statistics.dashboard import Dashboard, DashboardFigures
from shop.domain.money import Currency
from shop.domain.statistics.insights import Action, Insight, InsightKind
from shop.domain.statistics.remedies import Deactivate, EndSale, LowerPrice, Restock
from shop.entrypoints.http.framework.wire_names import with_wire_names


class SuggestionView(msgspec.Struct, frozen=True):
    """A request to this API, to be sent by an admin.

    `asks` lists the fields that a person must add to the body first. If it is empty, the request is complete.
    """

    method: str
    path: str
    body: dict[str, Any]
    asks: tuple[str, ...] = ()


class InsightView(msgspec.Struct, frozen=True, rename="camel"):
    """A suggestion derived from the figures: its text, its evidence, and the request that would apply it.

    `item_id` is null if the insight concerns no item. Amounts in `evidence` are in the shop's currency.
    """

    kind: InsightKind
    item_id: str | None
    message: str
    evidence: dict[str, Any]
    suggestion: SuggestionView

    @classmethod
    def of(cls, insight: Insight, currency: Currency) -> Self:
        return cls(
            insight.kind,
            insight.item_id,
            insight.message,
            with_wire_names(insight.evidence),
            suggestion_of(insight.action, currency),
        )


class DashboardView(DashboardFigures, frozen=True, rename="camel"):
    """Figures of a period. `orders_by_status` counts the orders placed in it, by their current status.

    `low_stock` and `insights` are current, whatever the requested period.
    """

    insights: list[InsightView]

    @classmethod
    def of(cls, dashboard: Dashboard) -> Self:
        currency = Currency(dashboard.figures.currency)
        return cls(
            **msgspec.structs.asdict(dashboard.figures),
            insights=[InsightView.of(insight, currency) for insight in dashboard.insights],
        )


def suggestion_of(action: Action, currency: Currency) -> SuggestionView:
    """Return the request that carries out the suggestion."""
    match action:
        case Restock(product_id, variant_id):
            path = f"/api/products/{product_id}/stock"
            body = {} if variant_id is None else {"variantId": variant_id}
            return SuggestionView("POST", path, {**body, "reason": "Restocked"}, asks=("change",))
        case LowerPrice(product_id, variant_id, price, compare_at_price):
            changes = {"price": currency.to_major(price)}
            if compare_at_price is not None:
                changes["compareAtPrice"] = currency.to_major(compare_at_price)
            return _change(product_id, variant_id, changes)
        case EndSale(product_id, variant_id, price):
            return _change(
                product_id, variant_id, {"price": currency.to_major(price), "compareAtPrice": None}
            )
        case Deactivate(code):
            return SuggestionView("PATCH", f"/api/promo-codes/{code}", {"active": False})


def _change(product_id: str, variant_id: str | None, changes: Mapping[str, Any]) -> SuggestionView:
    path = f"/api/products/{product_id}"
    if variant_id is not None:
        path = f"{path}/variants/{variant_id}"
    return SuggestionView("PATCH", path, dict(changes))
