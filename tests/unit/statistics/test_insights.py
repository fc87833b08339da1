"""Insights, rule by rule."""

import re
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
from shop.domain.statistics.remedies import Deactivate, EndSale, LowerPrice, Restock

USD = Currency("USD")
TODAY = date(2026, 3, 14)
KINDS_OF_ITEMS = set(InsightKind) - {InsightKind.PROMO_CODE_LOSES_MONEY}


def sales(*sold: tuple[int, int, int]) -> dict[date, Figures]:
    """Return the figures per day of sales, each given as (days ago, units, unit price)."""
    return {TODAY - timedelta(days=ago): Figures(1, units, units * price) for ago, units, price in sold}


def an_item(*sold: tuple[int, int, int], **fields: Any) -> ItemSituation:
    defaults: dict[str, Any] = {
        "product_id": "p",
        "item_id": "v",
        "has_options": True,
        "name": "Mug",
        "price": 1000,
        "compare_at_price": None,
        "stock": 40,
        "since": TODAY - timedelta(days=365),
    }
    trend = trend_of(sales(*sold), TODAY)
    return ItemSituation(today=TODAY, trend=trend, **{**defaults, **fields})


def found(item: ItemSituation) -> dict[InsightKind, Insight]:
    return {insight.kind: insight for insight in insights_of_item(item, USD)}


def test_items_selling_out_soon_suggest_restocking() -> None:
    insight = found(an_item((0, 30, 1000), stock=14))[InsightKind.SELLS_OUT_SOON]
    assert insight.message == "Mug sells out in 14 days: 14 left, 30 sold in 30 days."
    assert insight.evidence == {"stock": 14, "sold_in_days": 30, "days": 30, "days_of_stock_left": 14}
    assert (insight.item_id, insight.action) == ("v", Restock("p", "v"))
    assert InsightKind.SELLS_OUT_SOON not in found(an_item((0, 30, 1000), stock=15))
    assert InsightKind.SELLS_OUT_SOON not in found(an_item((30, 30, 1000), stock=1))
    assert "is sold out" in found(an_item((29, 1, 1000), stock=0))[InsightKind.SELLS_OUT_SOON].message


@pytest.mark.parametrize(
    ("days", "kind"),
    [(29, None), (30, InsightKind.NO_SALE), (89, InsightKind.NO_SALE), (90, InsightKind.DEAD_STOCK)],
)
def test_items_without_sales_suggest_a_lower_price(days: int, kind: InsightKind | None) -> None:
    new = {"since": TODAY - timedelta(days=days)}
    sold_before = an_item(*([(days, 1, 1000)] if days < 90 else []))
    for item in (an_item(**new), sold_before):
        kinds = set(found(item)) & {InsightKind.NO_SALE, InsightKind.DEAD_STOCK}
        assert kinds == ({kind} if kind else set())
    assert not {InsightKind.NO_SALE, InsightKind.DEAD_STOCK} & set(found(an_item(stock=0, **new)))


def test_a_suggested_price_cut_is_shown_as_a_sale() -> None:
    insight = found(an_item((40, 1, 1000)))[InsightKind.NO_SALE]
    assert insight.action == LowerPrice("p", "v", 900, 1000)
    assert insight.evidence == {"stock": 40, "days_without_sale": 40, "price": Decimal("10.00")}
    insight = found(an_item(compare_at_price=2000))[InsightKind.DEAD_STOCK]
    assert insight.action == LowerPrice("p", "v", 700, 2000)
    assert insight.evidence["worth"] == Decimal("400.00")


@pytest.mark.parametrize("price", [0, 1])
@pytest.mark.parametrize("sold", [(), ((40, 1, 1),)])
def test_a_price_that_cannot_be_cut_is_not_suggested(
    price: int, sold: tuple[tuple[int, int, int], ...]
) -> None:
    assert found(an_item(*sold, price=price)) == {}


def test_a_sale_without_effect_suggests_ending_it() -> None:
    insight = found(an_item((5, 2, 1000), (35, 2, 1500), compare_at_price=1500))[
        InsightKind.SALE_WITHOUT_EFFECT
    ]
    assert insight.action == EndSale("p", "v", 1500)
    for item in (
        an_item((5, 3, 1000), (35, 2, 1500), compare_at_price=1500),  # it sells more
        an_item((5, 2, 1500), (35, 2, 1500), compare_at_price=1500),  # it was no cheaper
        an_item((5, 2, 1000), (35, 2, 1500)),  # it is not on sale
        an_item((5, 2, 1000), (35, 2, 1500), compare_at_price=1000),
    ):
        assert InsightKind.SALE_WITHOUT_EFFECT not in found(item)


def test_a_price_above_a_better_selling_former_price_suggests_going_back() -> None:
    insight = found(an_item((5, 2, 1000), (35, 5, 900)))[InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER]
    assert insight.action == LowerPrice("p", "v", 900)
    assert insight.evidence["revenue_before"] == Decimal("45.00")
    for item in (
        an_item((5, 5, 1000), (35, 5, 900)),  # it sells as much
        an_item((5, 2, 1000), (35, 5, 1000)),  # it cost the same
        an_item((5, 4, 2000), (35, 5, 900)),  # it earns more
    ):
        assert InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER not in found(item)


def test_a_promo_code_that_loses_money_suggests_deactivation() -> None:
    insight = promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_100, 0), USD, 365)
    assert insight is not None
    assert (insight.item_id, insight.action) == (None, Deactivate("HALF"))
    assert insight.evidence["discount"] == Decimal("51.00")
    assert promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_000, 0), USD, 365) is None
    assert promo_code_loses_money("HALF", Figures(3, 9, 10_000, 5_000, 1), USD, 365) is not None
    assert promo_code_loses_money("HALF", Figures(2, 9, 10_000, 9_000, 0), USD, 365) is None


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
    item = an_item(
        *sold,
        price=price,
        compare_at_price=compare_at,
        stock=stock,
        since=TODAY - timedelta(days=age),
    )
    by_kind = found(item)
    assert set(by_kind) <= KINDS_OF_ITEMS
    assert not {InsightKind.NO_SALE, InsightKind.DEAD_STOCK} <= set(by_kind)
    for insight in by_kind.values():
        assert insight.item_id == "v"
        assert insight.evidence
        match insight.action:
            case LowerPrice(_, _, lower, compare):
                assert 0 <= lower <= price
                assert compare is None or compare >= lower
            case EndSale(_, _, regular):
                assert regular > price
            case other:
                assert other == Restock("p", "v")


@given(
    st.lists(st.tuples(st.integers(0, 89), st.integers(1, 50), st.integers(0, 5_000)), max_size=6),
    st.integers(0, 100),
    st.integers(0, 200),
)
def test_insights_ignore_the_time_before_the_item_or_shop_existed(
    sold: list[tuple[int, int, int]], stock: int, age: int
) -> None:
    since = TODAY - timedelta(days=age)
    item = an_item(
        *[sale for sale in sold if sale[0] <= age], stock=stock, compare_at_price=2000, since=since
    )
    for insight in insights_of_item(item, USD):
        days_named = [
            int(number) for number in re.findall(r"(\d+) days?\b(?!:)", insight.message.split(":")[-1])
        ]
        days_named += [insight.evidence.get("days", 0), insight.evidence.get("days_without_sale", 0)]
        if "sold_in_days_before" in insight.evidence:
            days_named.append(2 * insight.evidence["days"])
        assert max(days_named) <= age + 1, insight.message


def test_new_items_are_judged_by_their_days_of_existence() -> None:
    new = an_item((0, 10, 1000), stock=40, since=TODAY)
    insight = found(new)[InsightKind.SELLS_OUT_SOON]
    assert insight.message == "Mug sells out in 4 days: 40 left, 10 sold in 1 day."
    assert insight.evidence["days"] == 1
    early = promo_code_loses_money("HALF", Figures(3, 9, 10_000, 9_000, 0), USD, 2)
    assert early is not None
    assert "off 3 orders in 2 days" in early.message


def test_sales_are_compared_only_over_two_periods_of_equal_length() -> None:
    for age, compared in ((58, False), (59, True)):
        since = TODAY - timedelta(days=age)
        ended = found(an_item((5, 2, 1000), (35, 2, 1500), compare_at_price=1500, since=since))
        dearer = found(an_item((5, 2, 1000), (35, 5, 900), since=since))
        assert (InsightKind.SALE_WITHOUT_EFFECT in ended) is compared
        assert (InsightKind.PRICE_ABOVE_WHAT_SOLD_BETTER in dearer) is compared


def test_a_price_that_is_suggested_can_be_charged() -> None:
    item = an_item((40, 1, 1000), price=9_990)
    [insight] = [each for each in insights_of_item(item, Currency("KWD")) if each.kind is InsightKind.NO_SALE]
    assert isinstance(insight.action, LowerPrice)
    assert insight.action.price == 8_990
