"""Codes that are limited to some products or need a minimum, and lines that cannot be bought."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.carts.cart import CartLine
from shop.domain.pricing import quote as pricing
from shop.domain.pricing.quote import Offer, OutOfStock
from shop.domain.pricing.shipping import QuotedShipping, ShippingCharge
from shop.domain.promotions.promo_code import Discount, PromoCode, PromoCodeNotApplicable
from tests.unit.pricing.test_quote import (
    DOLLAR,
    LINES,
    MUG,
    OFFERS,
    PEN,
    promo_code,
    promo_codes,
    quote,
    wanted,
)


@st.composite
def carts_and_limited_codes(
    draw: st.DrawFn,
) -> tuple[list[CartLine], dict[str, Offer], PromoCode, set[str]]:
    """A cart, a code that is limited to some of its lines or to other products, and the lines that the code covers."""
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


def test_every_short_line_is_named_with_its_available_quantity() -> None:
    offers = {"mug": replace(MUG, available=1), "pen": PEN}
    with pytest.raises(OutOfStock) as refusal:
        quote([CartLine("mug", 2), CartLine("pen", 1), CartLine("cup", 3)], offers, None).ensure_available()
    assert refusal.value.details["items"] == [
        {"item_id": "mug", "name": "Mug", "requested": 2, "available": 1},
        {"item_id": "cup", "name": "", "requested": 3, "available": 0},
    ]


def test_a_quote_whose_lines_can_all_be_bought_is_accepted() -> None:
    quote(LINES, OFFERS, None).ensure_available()
