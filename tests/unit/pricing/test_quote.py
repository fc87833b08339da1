"""Pricing: what lines cost at this moment, and how a discount is spread over them, to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.domain.carts.cart import CartLine
from shop.domain.money import Currency
from shop.domain.pricing import quote as pricing
from shop.domain.pricing.quote import Offer, OutOfStock, PricedLine, Quote
from shop.domain.pricing.shipping import QuotedShipping, ShippingCharge
from shop.domain.pricing.spreading import spread
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


@st.composite
def amounts_and_weights(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A discount and the lines it is taken off: never more than they cost."""
    chosen = draw(weights)
    return draw(st.integers(0, sum(chosen))), chosen


# Price, quantity, and what of it there is: none, too little, just enough, plenty, switched off, or gone.
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


# Spreading an amount


@given(amounts_and_weights())
def test_the_shares_add_up_exactly(drawn: tuple[int, list[int]]) -> None:
    amount, weights = drawn
    assert sum(spread(amount, weights)) == amount


@given(amounts_and_weights())
def test_every_share_is_in_proportion_within_one_minor_unit(drawn: tuple[int, list[int]]) -> None:
    amount, weights = drawn
    assume(sum(weights))
    for share, weight in zip(spread(amount, weights), weights, strict=True):
        assert abs(share - Fraction(amount * weight, sum(weights))) < 1


@given(amounts_and_weights())
def test_no_share_exceeds_its_weight(drawn: tuple[int, list[int]]) -> None:
    amount, weights = drawn
    assert all(0 <= share <= weight for share, weight in zip(spread(amount, weights), weights, strict=True))


@given(st.integers(0, 10**9), weights)
def test_what_weighs_nothing_gets_nothing(amount: int, weights: list[int]) -> None:
    weights = [*weights, 0, 1]
    shares = spread(amount, weights)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


@given(amounts_and_weights())
def test_what_is_left_over_goes_to_the_largest_remainders(drawn: tuple[int, list[int]]) -> None:
    amount, weights = drawn
    whole = sum(weights)
    assume(whole)
    remainders = [Fraction(amount * weight, whole) % 1 for weight in weights]
    ups = [
        share > Fraction(amount * weight, whole)
        for share, weight in zip(spread(amount, weights), weights, strict=True)
    ]
    rounded_up = [remainder for remainder, up in zip(remainders, ups, strict=True) if up]
    rounded_down = [remainder for remainder, up in zip(remainders, ups, strict=True) if not up]
    assert min(rounded_up, default=1) >= max(rounded_down, default=0)


@given(amounts_and_weights(), st.randoms(use_true_random=False))
def test_a_heavier_line_never_gets_less_wherever_it_stands(drawn: tuple[int, list[int]], random: Any) -> None:
    amount, weights = drawn
    random.shuffle(weights)
    by_weight = sorted(zip(weights, spread(amount, weights), strict=True))
    shares_by_weight = [share for _, share in by_weight]
    assert shares_by_weight == sorted(shares_by_weight)


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="a tie goes to the earlier"),
        pytest.param(1, [1, 2, 1], [0, 1, 0], id="one cent goes to the heaviest"),
        pytest.param(10, [5, 0, 5], [5, 0, 5], id="everything"),
        pytest.param(0, [3, 4], [0, 0], id="nothing"),
        pytest.param(0, [0, 0], [0, 0], id="nothing over free lines"),
        pytest.param(0, [], [], id="nothing over no lines"),
        pytest.param(5, [7, 6, 4], [2, 2, 1], id="two remainders of three"),
    ],
)
def test_spreading_by_largest_remainder(amount: int, weights: list[int], shares: list[int]) -> None:
    assert spread(amount, weights) == shares


def test_something_cannot_be_spread_over_nothing() -> None:
    with pytest.raises(AssertionError):
        spread(1, [0, 0])


# Quotes


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


def test_a_code_is_taken_off_the_subtotal_once() -> None:
    priced = quote(LINES, OFFERS, promo_code(Discount.PERCENT, 10))
    assert (priced.subtotal, priced.discount, priced.total) == (1847, 185, 1662)
    assert [line.discount for line in priced.lines] == [125, 60]
    assert priced.promo_code == "SPRING"


def test_without_a_code_nothing_is_taken_off() -> None:
    priced = quote(LINES, OFFERS, None)
    assert (priced.subtotal, priced.discount, priced.promo_code) == (1847, 0, None)


def test_the_lines_keep_their_order_and_quantity() -> None:
    priced = quote(list(reversed(LINES)), OFFERS, None)
    assert [(line.item_id, line.quantity) for line in priced.lines] == [("pen", 3), ("mug", 1)]


def test_a_line_carries_what_the_catalogue_says_of_its_product_now() -> None:
    (line,) = quote([CartLine("mug", 2)], OFFERS, None).lines
    assert line == PricedLine("mug", "mug", "M-1", "Mug", 1250, 2, in_stock=10, available=True)


def test_the_minimum_is_held_against_the_subtotal() -> None:
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
    """Prices as the catalogue takes them in a currency of three decimals."""
    return quote_of([(price * 10, quantity, supply) for price, quantity, supply in wanted], code, DINAR)


@given(st.builds(in_dinars, st.lists(wanted, max_size=4), promo_codes))
def test_every_amount_of_a_quote_can_be_paid_in_the_currencys_steps(priced: Quote) -> None:
    amounts = [priced.subtotal, priced.discount, priced.total, *(line.discount for line in priced.lines)]
    assert all(amount % 10 == 0 for amount in amounts)


def test_fifteen_per_cent_off_a_dinar_price_is_rounded_to_the_step() -> None:
    priced = quote(
        [CartLine("mug", 1)],
        {"mug": replace(MUG, unit_price=1990)},
        promo_code(Discount.PERCENT, 15),
        DINAR,
    )
    assert (priced.discount, priced.total) == (300, 1690), "0.2985 is half way up"


def test_a_price_stored_before_the_rule_is_discounted_all_the_same() -> None:
    priced = quote(LINES, OFFERS, promo_code(Discount.PERCENT, 10), DINAR)
    assert (priced.subtotal, priced.discount) == (1847, 180)


# Codes that are limited to some lines


@st.composite
def carts_and_limited_codes(
    draw: st.DrawFn,
) -> tuple[list[CartLine], dict[str, Offer], PromoCode, set[str]]:
    """A cart, a code limited to some of its lines or to something else, and the lines that it covers."""
    chosen = draw(st.lists(wanted, min_size=1, max_size=5))
    offers = {
        str(number): Offer(str(number), f"product {number % 3}", None, "Thing", price, True, quantity)
        for number, (price, quantity, _) in enumerate(chosen)
    }
    lines = [CartLine(str(number), quantity) for number, (_, quantity, _) in enumerate(chosen)]
    targets = draw(
        st.lists(
            st.sampled_from([*offers, "product 0", "product 1", "gone"]), min_size=1, max_size=4, unique=True
        )
    )
    code = replace(draw(promo_codes.filter(bool)), item_ids=tuple(targets))
    covered = {
        item_id for item_id, offer in offers.items() if item_id in targets or offer.product_id in targets
    }
    return lines, offers, code, covered


@given(carts_and_limited_codes())
def test_a_limited_code_prices_its_lines_as_if_they_were_the_whole_cart(
    drawn: tuple[list[CartLine], dict[str, Offer], PromoCode, set[str]],
) -> None:
    lines, offers, code, covered = drawn
    priced = quote(lines, offers, code)
    alone = quote([line for line in lines if line.item_id in covered], offers, replace(code, item_ids=()))
    expected = {line.item_id: line.discount for line in alone.lines}
    assert {line.item_id: line.discount for line in priced.lines} == {
        line.item_id: expected.get(line.item_id, 0) for line in lines
    }
    assert priced.discount == alone.discount
    assert priced.subtotal == sum(offers[line.item_id].unit_price * line.quantity for line in lines)
    assert priced.promo_code == (code.code if covered else None)


def test_a_minimum_counts_only_the_lines_that_the_code_covers() -> None:
    code = replace(promo_code(Discount.PERCENT, 10, min_subtotal=1000), item_ids=("pen",))
    with pytest.raises(PromoCodeNotApplicable):
        quote(LINES, OFFERS, code)
    assert quote([CartLine("mug", 1), CartLine("pen", 6)], OFFERS, code).discount == 119


@pytest.mark.parametrize(
    ("item_ids", "price"), [((), 0), (("mug",), 0), (("mug", "gone"), 0), (("gone",), 500)]
)
def test_free_shipping_needs_a_line_that_the_code_covers(item_ids: tuple[str, ...], price: int) -> None:
    code = replace(promo_code(Discount.FREE_SHIPPING, 0), item_ids=item_ids)
    shipping = ShippingCharge("post", "Post", 500)
    priced = pricing.quote(LINES, OFFERS, code, DOLLAR, shipping=shipping)
    assert priced.shipping == QuotedShipping("post", "Post", price)
    assert (priced.discount, priced.total) == (0, 1847 + price)


def test_free_shipping_needs_its_minimum() -> None:
    code = promo_code(Discount.FREE_SHIPPING, 0, min_subtotal=1848)
    with pytest.raises(PromoCodeNotApplicable):
        pricing.quote(LINES, OFFERS, code, DOLLAR, shipping=ShippingCharge("post", "Post", 500))


# What can't be bought


@pytest.mark.parametrize(
    ("offer", "in_stock"),
    [
        pytest.param(None, 0, id="gone"),
        pytest.param(replace(MUG, active=False), 0, id="inactive"),
        pytest.param(replace(MUG, available=0), 0, id="sold out"),
        pytest.param(replace(MUG, available=1), 1, id="too little stock"),
    ],
)
def test_a_line_that_cannot_be_bought_as_it_stands_does_not_count(offer: Offer | None, in_stock: int) -> None:
    priced = quote(
        [CartLine("mug", 2), CartLine("pen", 1)], {"pen": PEN} | ({"mug": offer} if offer else {}), None
    )
    assert [(line.available, line.in_stock) for line in priced.lines] == [(False, in_stock), (True, 10)]
    assert priced.total == 199


def test_the_last_units_can_be_bought() -> None:
    assert quote([CartLine("mug", 10)], OFFERS, None).lines[0].available


def test_every_missing_line_is_named_with_what_is_left() -> None:
    offers = {"mug": replace(MUG, available=1), "pen": PEN}
    with pytest.raises(OutOfStock) as refusal:
        quote([CartLine("mug", 2), CartLine("pen", 1), CartLine("cup", 3)], offers, None).ensure_available()
    assert refusal.value.details["items"] == [
        {"item_id": "mug", "name": "Mug", "requested": 2, "available": 1},
        {"item_id": "cup", "name": "", "requested": 3, "available": 0},
    ]


def test_lines_that_can_all_be_bought_are_fine() -> None:
    quote(LINES, OFFERS, None).ensure_available()


# A quote that doesn't add up can't be made


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
