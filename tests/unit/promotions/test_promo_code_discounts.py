"""The discount of a promo code, and the lines that it covers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.promotions.promo_code import (
    Discount,
    PromoCodeNotApplicable,
    Refusal,
)
from tests.unit.promotions.test_promo_code import DOLLAR, fixed, promo_code, refused_fields, subtotals


@given(subtotals, st.integers(1, 100))
def test_a_percentage_is_rounded_half_up_to_the_minor_unit(subtotal: int, percent: int) -> None:
    exactly = Fraction(subtotal * percent, 100)
    off = promo_code(value=percent).discount_on(subtotal, DOLLAR)
    assert off - Fraction(1, 2) <= exactly < off + Fraction(1, 2)


@pytest.mark.parametrize(("subtotal", "off"), [(4, 0), (5, 1), (14, 1), (15, 2), (2599, 260), (2594, 259)])
def test_ten_percent_of_the_subtotal(subtotal: int, off: int) -> None:
    assert promo_code(value=10).discount_on(subtotal, DOLLAR) == off


@given(subtotals)
def test_a_hundred_percent_is_the_whole_subtotal(subtotal: int) -> None:
    assert promo_code(value=100).discount_on(subtotal, DOLLAR) == subtotal


@given(subtotals, st.integers(1, 10**10))
def test_a_fixed_discount_is_its_value_at_most_the_subtotal(subtotal: int, value: int) -> None:
    assert fixed(value).discount_on(subtotal, DOLLAR) == min(value, subtotal)


@given(subtotals, st.integers(0, 10**10))
def test_a_subtotal_below_the_minimum_gets_no_discount(subtotal: int, minimum: int) -> None:
    code = promo_code(min_subtotal=minimum)
    if subtotal >= minimum:
        assert code.discount_on(subtotal, DOLLAR) == promo_code().discount_on(subtotal, DOLLAR)
    else:
        with pytest.raises(PromoCodeNotApplicable) as refusal:
            code.discount_on(subtotal, DOLLAR)
        assert refusal.value.refusal is Refusal.MINIMUM_NOT_REACHED


def test_the_minimum_itself_is_enough() -> None:
    assert promo_code(min_subtotal=1000).discount_on(1000, DOLLAR) == 100


@given(subtotals)
def test_free_shipping_does_not_discount_the_goods(subtotal: int) -> None:
    assert promo_code(type=Discount.FREE_SHIPPING, value=0).discount_on(subtotal, DOLLAR) == 0


def test_a_code_without_a_limit_covers_every_line() -> None:
    assert promo_code().covers("small", "shirt")
    assert promo_code().covers("gone", None)


@pytest.mark.parametrize(
    ("item_id", "product_id", "covered"),
    [("small", "shirt", True), ("mug", "mug", True), ("large", "trousers", True), ("pen", "pen", False)],
)
def test_a_limited_code_covers_its_variants_and_all_variants_of_its_products(
    item_id: str, product_id: str, covered: bool
) -> None:
    assert promo_code(item_ids=("shirt", "mug", "large")).covers(item_id, product_id) is covered


def test_a_code_limited_to_categories_covers_the_products_found_in_them() -> None:
    limited = promo_code(category_ids=("kitchen",))
    assert not limited.covers("mug", "mug")
    found = promo_code(
        category_ids=("kitchen",), item_ids=("pen",), products_in_categories=frozenset({"mug"})
    )
    assert [found.covers(item_id, item_id) for item_id in ("mug", "pen", "rake")] == [True, True, False]
    assert not found.covers("gone", None)
    assert refused_fields(category_ids=("kitchen",) * 251) == {"category_ids"}
