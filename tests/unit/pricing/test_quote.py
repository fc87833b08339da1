"""Pricing: current prices of lines, and discounts spread over them to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.carts.cart import CartLine
from shop.domain.money import Currency
from shop.domain.pricing import quote as pricing
from shop.domain.pricing.quote import Offer, PricedLine, Quote
from shop.domain.promotions.promo_code import Discount, PromoCode, PromoCodeNotApplicable

weights = st.lists(st.integers(0, 10**7), min_size=1, max_size=8)

MUG = Offer("mug", "mug", "M-1", "Mug", unit_price=1250, active=True, available=10)
PEN = Offer("pen", "pen", "P-1", "Pen", unit_price=199, active=True, available=10)
OFFERS = {"mug": MUG, "pen": PEN}
LINES = [CartLine("mug", 1), CartLine("pen", 3)]


DOLLAR, DINAR = Currency("USD"), Currency("KWD")


def quote(
    lines: Sequence[CartLine],
    offers: Mapping[str, Offer],
    code: PromoCode | None,
    currency: Currency = DOLLAR,
) -> Quote:
    return pricing.quote(lines, offers, code, currency)


def promo_code(kind: Discount, value: int, min_subtotal: int | None = None) -> PromoCode:
    return PromoCode("1", "SPRING", kind, value, datetime(2026, 1, 1, tzinfo=UTC), min_subtotal)


# Price, quantity and supply: plenty, just enough, too little, none, switched off, or deleted.
wanted = st.tuples(
    st.integers(0, 10**6),
    st.integers(1, 999),
    st.sampled_from(["plenty", "enough", "short", "sold out", "inactive", "gone"]),
)
promo_codes = st.none() | st.one_of(
    st.builds(promo_code, st.just(Discount.PERCENT), st.integers(1, 100)),
    st.builds(promo_code, st.just(Discount.FIXED), st.integers(1, 10**9)),
)


def quote_of(
    wanted: list[tuple[int, int, str]], code: PromoCode | None, currency: Currency = DOLLAR
) -> Quote:
    lines, offers = [], {}
    for number, (price, quantity, supply) in enumerate(wanted):
        product_id = str(number)
        lines.append(CartLine(product_id, quantity))
        left = {"enough": quantity, "short": quantity - 1, "sold out": 0}.get(supply, 10**6)
        if supply != "gone":
            offers[product_id] = Offer(
                product_id, product_id, None, "Thing", price, supply != "inactive", left
            )
    return quote(lines, offers, code, currency)


quotes = st.builds(quote_of, st.lists(wanted, max_size=4), promo_codes)


# Sums


@given(quotes)
def test_the_total_is_the_subtotal_less_the_discount_and_never_negative(priced: Quote) -> None:
    assert priced.total == priced.subtotal - priced.discount
    assert 0 <= priced.total <= priced.subtotal


@given(quotes)
def test_the_lines_add_up_to_the_sums_to_the_cent(priced: Quote) -> None:
    counted = [line for line in priced.lines if line.available]
    assert sum(line.unit_price * line.quantity for line in counted) == priced.subtotal
    assert sum(line.discount for line in counted) == priced.discount
    assert sum(line.gross - line.discount for line in counted) == priced.total


@given(quotes)
def test_no_discount_exceeds_its_line(priced: Quote) -> None:
    assert all(0 <= line.discount <= line.gross for line in priced.lines)


@given(quotes)
def test_a_line_that_cannot_be_bought_gets_no_discount(priced: Quote) -> None:
    assert all(line.discount == 0 for line in priced.lines if not line.available)


def test_a_free_line_gets_no_discount() -> None:
    priced = quote(LINES, {**OFFERS, "pen": replace(PEN, unit_price=0)}, promo_code(Discount.PERCENT, 33))
    assert [line.discount for line in priced.lines] == [413, 0]


def test_the_discount_is_subtracted_once() -> None:
    priced = quote(LINES, OFFERS, promo_code(Discount.PERCENT, 10))
    assert (priced.subtotal, priced.discount, priced.total) == (1847, 185, 1662)
    assert [line.discount for line in priced.lines] == [125, 60]
    assert priced.promo_code == "SPRING"


def test_a_quote_without_a_code_has_no_discount() -> None:
    priced = quote(LINES, OFFERS, None)
    assert (priced.subtotal, priced.discount, priced.promo_code) == (1847, 0, None)


def test_the_lines_keep_their_order_and_quantity() -> None:
    priced = quote(list(reversed(LINES)), OFFERS, None)
    assert [(line.item_id, line.quantity) for line in priced.lines] == [("pen", 3), ("mug", 1)]


def test_a_line_has_the_current_product_data() -> None:
    (line,) = quote([CartLine("mug", 2)], OFFERS, None).lines
    assert line == PricedLine("mug", "mug", "M-1", "Mug", 1250, 2, in_stock=10, available=True)


def test_the_minimum_is_compared_with_the_subtotal() -> None:
    assert quote(LINES, OFFERS, promo_code(Discount.FIXED, 100, min_subtotal=1847)).discount == 100
    with pytest.raises(PromoCodeNotApplicable):
        quote(LINES, OFFERS, promo_code(Discount.FIXED, 100, min_subtotal=1848))


def test_lines_that_cannot_be_bought_do_not_help_to_reach_the_minimum() -> None:
    sold_out = {**OFFERS, "mug": replace(MUG, available=0)}
    with pytest.raises(PromoCodeNotApplicable):
        quote(LINES, sold_out, promo_code(Discount.FIXED, 100, min_subtotal=1000))


def test_no_lines_cost_nothing() -> None:
    assert quote([], {}, promo_code(Discount.FIXED, 100)).total == 0


# Payable steps


def in_dinars(wanted: list[tuple[int, int, str]], code: PromoCode | None) -> Quote:
    """Return a quote with prices as the catalogue accepts them in a currency with three decimals."""
    return quote_of([(price * 10, quantity, supply) for price, quantity, supply in wanted], code, DINAR)


@given(st.builds(in_dinars, st.lists(wanted, max_size=4), promo_codes))
def test_every_amount_of_a_quote_can_be_paid_in_the_currencys_steps(priced: Quote) -> None:
    amounts = [priced.subtotal, priced.discount, priced.total, *(line.discount for line in priced.lines)]
    assert all(amount % 10 == 0 for amount in amounts)


def test_fifteen_percent_off_a_dinar_price_is_rounded_to_the_step() -> None:
    priced = quote(
        [CartLine("mug", 1)],
        {"mug": replace(MUG, unit_price=1990)},
        promo_code(Discount.PERCENT, 15),
        DINAR,
    )
    assert (priced.discount, priced.total) == (300, 1690), "0.2985 is rounded up to 0.300"


def test_a_stored_price_that_is_no_multiple_of_the_step_is_still_discounted() -> None:
    priced = quote(LINES, OFFERS, promo_code(Discount.PERCENT, 10), DINAR)
    assert (priced.subtotal, priced.discount) == (1847, 180)


# Quotes that do not add up


@pytest.mark.parametrize(
    "sums",
    [
        pytest.param({"subtotal": 1848}, id="subtotal"),
        pytest.param({"discount": 184}, id="discount"),
        pytest.param({"subtotal": 1848, "discount": 186}, id="both, with the same total"),
        pytest.param({"lines": ()}, id="lines"),
    ],
)
def test_a_quote_whose_sums_do_not_add_up_is_refused(sums: dict[str, Any]) -> None:
    priced = quote(LINES, OFFERS, promo_code(Discount.PERCENT, 10))
    with pytest.raises(AssertionError):
        replace(priced, **sums)


@pytest.mark.parametrize(
    "discounts", [pytest.param((1251, 0), id="above its line"), pytest.param((10, -9), id="negative")]
)
def test_a_quote_with_a_discount_outside_its_line_is_refused(discounts: tuple[int, int]) -> None:
    priced = quote(LINES, OFFERS, None)
    lines = tuple(replace(line, discount=off) for line, off in zip(priced.lines, discounts, strict=True))
    with pytest.raises(AssertionError):
        replace(priced, lines=lines, discount=sum(discounts))


def test_a_quote_with_a_discount_on_a_line_that_does_not_count_is_refused() -> None:
    gone = PricedLine("mug", "mug", None, "Mug", 1250, 1, in_stock=0, available=False, discount=1)
    with pytest.raises(AssertionError):
        Quote((gone,), None, subtotal=0, discount=0)
