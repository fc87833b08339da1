"""What the figures suggest, rule by rule."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.money import Currency
from shop.domain.statistics.figures import Figures
from shop.domain.statistics.insights import (
    Insight,
    InsightKind,
    ItemSituation,
    insights_of_item,
    promo_code_loses_money,
    trend_of,
)

USD = Currency("USD")
TODAY = date(2026, 3, 14)
KINDS_OF_PRODUCTS = set(InsightKind) - {InsightKind.PROMO_CODE_LOSES_MONEY}


def sales(*sold: tuple[int, int, int]) -> dict[date, Figures]:
    """Of (days ago, units, price each)."""
    return {TODAY - timedelta(days=ago): Figures(1, units, units * price) for ago, units, price in sold}


def a_product(*sold: tuple[int, int, int], **fields: Any) -> ItemSituation:
    defaults: dict[str, Any] = {
        "item_id": "p",
        "product_id": "p",
        "has_options": False,
        "name": "Mug",
        "price": 1000,
        "compare_at_price": None,
        "stock": 40,
        "listed_on": TODAY - timedelta(days=365),
    }
    trend = trend_of(sales(*sold), TODAY)
    return ItemSituation(today=TODAY, trend=trend, **{**defaults, **fields})


def found(product: ItemSituation) -> dict[InsightKind, Insight]:
    return {insight.kind: insight for insight in insights_of_item(product, USD)}


def test_what_sells_out_soon_is_to_be_restocked() -> None:
    insight = found(a_product((0, 30, 1000), stock=14))[InsightKind.SELLS_OUT_SOON]
    assert insight.message == "Mug sells out in 14 days: 14 left, 30 sold in 30 days."
    assert insight.evidence == {"stock": 14, "soldInDays": 30, "days": 30, "daysOfStockLeft": 14}
    assert (insight.item_id, insight.suggestion.method, insight.suggestion.path) == (
        "p",
        "POST",
        "/api/products/p/stock",
    )
    assert insight.suggestion.body["change"] == 30
    assert InsightKind.SELLS_OUT_SOON not in found(a_product((0, 30, 1000), stock=15))
    assert InsightKind.SELLS_OUT_SOON not in found(a_product((30, 30, 1000), stock=1))
    assert "is sold out" in found(a_product((29, 1, 1000), stock=0))[InsightKind.SELLS_OUT_SOON].message


@pytest.mark.parametrize(
    ("days", "kind"),
    [(29, None), (30, InsightKind.NO_SALE), (89, InsightKind.NO_SALE), (90, InsightKind.DEAD_STOCK)],
)
def test_what_does_not_sell_is_to_be_cut(days: int, kind: InsightKind | None) -> None:
    new = {"listed_on": TODAY - timedelta(days=days)}
    sold_before = a_product(*([(days, 1, 1000)] if days < 90 else []))
    for product in (a_product(**new), sold_before):
        kinds = set(found(product)) & {InsightKind.NO_SALE, InsightKind.DEAD_STOCK}
        assert kinds == ({kind} if kind else set())
    assert not {InsightKind.NO_SALE, InsightKind.DEAD_STOCK} & set(found(a_product(stock=0, **new)))


def test_a_cut_is_shown_as_a_sale() -> None:
    insight = found(a_product((40, 1, 1000)))[InsightKind.NO_SALE]
    assert insight.suggestion.body == {"price": Decimal("9.00"), "compareAtPrice": Decimal("10.00")}
    assert insight.evidence == {"stock": 40, "daysWithoutSale": 40, "price": Decimal("10.00")}
    insight = found(a_product(compare_at_price=2000))[InsightKind.DEAD_STOCK]
    assert insight.suggestion.body == {"price": Decimal("7.00"), "compareAtPrice": Decimal("20.00")}
    assert insight.evidence["worth"] == Decimal("400.00")


def test_a_sale_that_sells_no_more_is_to_be_ended() -> None:
    insight = found(a_product((5, 2, 1000), (35, 2, 1500), compare_at_price=1500))[
        InsightKind.SALE_WITHOUT_EFFECT
    ]
    assert insight.suggestion.body == {"price": Decimal("15.00"), "compareAtPrice": None}
    assert insight.suggestion.method == "PATCH"
    for product in (
        a_product((5, 3, 1000), (35, 2, 1500), compare_at_price=1500),  # it sells more
        a_product((5, 2, 1500), (35, 2, 1500), compare_at_price=1500),  # it was no cheaper
        a_product((5, 2, 1000), (35, 2, 1500)),  # it is not on sale
        a_product((5, 2, 1000), (35, 2, 1500), compare_at_price=1000),
    ):
        assert InsightKind.SALE_WITHOUT_EFFECT not in found(product)


def test_a_price_above_what_sold_better_is_to_go_back() -> None:
    insight = found(a_product((5, 2, 1000), (35, 5, 900)))[InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER]
    assert insight.suggestion.body == {"price": Decimal("9.00")}
    assert insight.evidence["revenueBefore"] == Decimal("45.00")
    for product in (
        a_product((5, 5, 1000), (35, 5, 900)),  # it sells as much
        a_product((5, 2, 1000), (35, 5, 1000)),  # it cost the same
        a_product((5, 4, 2000), (35, 5, 900)),  # it brings more
    ):
        assert InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER not in found(product)


def test_a_promo_code_that_takes_more_than_it_brings_is_to_be_switched_off() -> None:
    insight = promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_100, 0), USD)
    assert insight is not None
    assert (insight.item_id, insight.suggestion.path) == (None, "/api/promo-codes/HALF")
    assert insight.suggestion.body == {"active": False}
    assert insight.evidence["discount"] == Decimal("51.00")
    assert promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_000, 0), USD) is None
    assert promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_000, 1), USD) is not None
    assert promo_code_loses_money("HALF", Figures(2, 9, 10_000, 9_000, 0), USD) is None


@given(
    st.lists(st.tuples(st.integers(0, 89), st.integers(1, 50), st.integers(0, 5_000)), max_size=6),
    st.integers(0, 5_000),
    st.one_of(st.none(), st.integers(0, 9_000)),
    st.integers(0, 100),
    st.integers(0, 200),
)
def test_every_suggestion_makes_sense(
    sold: list[tuple[int, int, int]], price: int, compare_at: int | None, stock: int, age: int
) -> None:
    product = a_product(
        *sold,
        price=price,
        compare_at_price=compare_at,
        stock=stock,
        listed_on=TODAY - timedelta(days=age),
    )
    by_kind = found(product)
    assert set(by_kind) <= KINDS_OF_PRODUCTS
    assert not {InsightKind.NO_SALE, InsightKind.DEAD_STOCK} <= set(by_kind)
    for insight in by_kind.values():
        body = insight.suggestion.body
        assert insight.item_id == "p"
        assert insight.evidence
        if insight.suggestion.method == "POST":
            assert body["change"] > 0
        else:
            assert USD.to_minor(body["price"], "price") >= 0
            if insight.kind is not InsightKind.SALE_WITHOUT_EFFECT:
                assert USD.to_minor(body["price"], "price") <= price


def test_suggestions_for_a_variant_name_it() -> None:
    sells_out = a_product((1, 9, 9), stock=1, item_id="v", has_options=True)
    suggestion = found(sells_out)[InsightKind.SELLS_OUT_SOON].suggestion
    assert (suggestion.path, suggestion.body["variantId"]) == ("/api/products/p/stock", "v")
    unsold = a_product(stock=1, item_id="v", has_options=True, listed_on=TODAY - timedelta(days=99))
    assert found(unsold)[InsightKind.DEAD_STOCK].suggestion.path == "/api/products/p/variants/v"
