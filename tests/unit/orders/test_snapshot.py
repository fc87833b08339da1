"""Order snapshots: written once, consistent, and immutable."""

import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.address import Address
from shop.domain.carts.cart import CartLine
from shop.domain.money import Currency
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot, order_number
from shop.domain.pricing.quote import Offer, OutOfStock, quote
from shop.domain.promotions.promo_code import Discount, PromoCode
from tests.unit.orders.samples import ORDER_ID, PLACED

OFFERS = {
    "mug": Offer("mug", "mug", "M-1", "Mug", unit_price=1250, active=True, available=10),
    "pen": Offer("pen", "pen", None, "Pen", unit_price=199, active=True, available=10),
}
CONTACT = Contact("Ada", "ada@example.com", "+44 20 7946 0000")
ADDRESS = Address(
    name="Ada", line1="1 St James's Square", city="London", postal_code="SW1Y 4JH", country="GB"
)

# Price, quantity, and the part of the line that its discount takes off, in per mille.
bought = st.tuples(st.integers(0, 10**6), st.integers(1, 999), st.integers(0, 1000))
lines = st.lists(bought, min_size=1, max_size=4).map(
    lambda bought: tuple(
        OrderLine(str(number), "p", None, "Thing", price, quantity, price * quantity * part // 1000)
        for number, (price, quantity, part) in enumerate(bought)
    )
)


sixty_bits = st.integers(0, (1 << 60) - 1)


def id_of(last_bits: int) -> str:
    """A version 7 id with these sixty bits at its end."""
    return str(UUID(int=(0x01932C077D2E7C31 << 64) | (0x9 << 60) | last_bits))


def agreed(wanted: dict[str, int], percent: int | None = None) -> OrderSnapshot:
    code = PromoCode("1", "SPRING", Discount.PERCENT, percent, PLACED) if percent else None
    return OrderSnapshot.of_quote(
        quote([CartLine(*line) for line in wanted.items()], OFFERS, code, Currency("USD")),
        order_id=ORDER_ID,
        user_id="user",
        at=PLACED,
        currency="USD",
        contact=CONTACT,
        shipping_address=ADDRESS,
    )


def snapshot(lines: tuple[OrderLine, ...], **sums: int) -> OrderSnapshot:
    """A snapshot of these lines with the right sums, unless others are given."""
    right = {
        "subtotal": sum(line.unit_price * line.quantity for line in lines),
        "discount": sum(line.discount for line in lines),
        "total": sum(line.line_total for line in lines),
    }
    return OrderSnapshot(
        ORDER_ID,
        "user",
        PLACED,
        "USD",
        lines,
        promo_code=None,
        contact=CONTACT,
        shipping_address=ADDRESS,
        **{**right, **sums},
    )


def test_a_snapshot_is_the_quote_line_by_line() -> None:
    assert agreed({"pen": 3, "mug": 1}, percent=10).lines == (
        OrderLine("pen", "pen", None, "Pen", 199, 3, 60),
        OrderLine("mug", "mug", "M-1", "Mug", 1250, 1, 125),
    )


def test_a_snapshot_has_the_sums_and_the_code_of_its_quote() -> None:
    order = agreed({"pen": 3, "mug": 1}, percent=10)
    assert (order.subtotal, order.discount, order.total, order.promo_code) == (1847, 185, 1662, "SPRING")


def test_a_snapshot_has_buyer_time_and_addresses() -> None:
    order = agreed({"mug": 1})
    assert (order.id, order.user_id, order.created_at, order.currency) == (ORDER_ID, "user", PLACED, "USD")
    assert (order.contact, order.shipping_address) == (CONTACT, ADDRESS)


def test_unavailable_lines_cannot_be_ordered() -> None:
    with pytest.raises(OutOfStock):
        agreed({"mug": 11})


def test_an_order_without_lines_cannot_be_agreed() -> None:
    with pytest.raises(AssertionError):
        agreed({})


def test_a_snapshot_says_how_many_units_of_each_product_it_takes() -> None:
    assert agreed({"pen": 3, "mug": 1}).quantities == {"pen": 3, "mug": 1}


def test_a_line_costs_its_units_less_its_discount() -> None:
    assert OrderLine("pen", "pen", None, "Pen", 199, 3, 60).line_total == 537
    assert OrderLine("pen", "pen", None, "Pen", 199, 3, 597).line_total == 0


@given(lines)
def test_a_snapshot_whose_sums_add_up_is_accepted(lines: tuple[OrderLine, ...]) -> None:
    order = snapshot(lines)
    assert order.total == order.subtotal - order.discount == sum(line.line_total for line in order.lines) >= 0


@given(lines, st.sampled_from(["subtotal", "discount", "total"]), st.integers(-5, 5).filter(bool))
def test_a_sum_that_is_off_by_some_cents_is_refused(
    lines: tuple[OrderLine, ...], field: str, off: int
) -> None:
    with pytest.raises(AssertionError):
        snapshot(lines, **{field: getattr(snapshot(lines), field) + off})


@given(lines, st.integers(-5, 5).filter(bool))
def test_sums_that_contradict_the_lines_are_refused(lines: tuple[OrderLine, ...], off: int) -> None:
    right = snapshot(lines)
    with pytest.raises(AssertionError):
        replace(right, subtotal=right.subtotal + off, discount=right.discount + off)
    with pytest.raises(AssertionError):
        replace(right, subtotal=right.subtotal + off, total=right.total + off)
    with pytest.raises(AssertionError):
        replace(right, discount=right.discount + off, total=right.total - off)


def test_two_lines_of_one_product_are_refused() -> None:
    line = OrderLine("mug", "mug", None, "Mug", 1250, 1, 0)
    with pytest.raises(AssertionError):
        snapshot((line, line))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"quantity": 0}, id="no units"),
        pytest.param({"quantity": -1}, id="negative quantity"),
        pytest.param({"discount": -1}, id="negative discount"),
        pytest.param({"discount": 2501}, id="discount above the line"),
        pytest.param({"unit_price": -1}, id="negative price"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(fault: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        replace(OrderLine("mug", "mug", None, "Mug", 1250, 2, 0), **fault)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(lambda order: order, id="order"),
        pytest.param(lambda order: order.lines[0], id="line"),
        pytest.param(lambda order: order.contact, id="contact"),
        pytest.param(lambda order: order.shipping_address, id="shipping address"),
    ],
)
def test_no_field_of_a_snapshot_can_be_set(part: Callable[[OrderSnapshot], Any]) -> None:
    frozen = part(agreed({"mug": 1}))
    for field in fields(frozen):
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, field.name, getattr(frozen, field.name))


def test_equal_snapshots_have_equal_hashes() -> None:
    """A mutable part such as a list or dict would make hashing fail."""
    assert hash(agreed({"mug": 1, "pen": 2}, percent=10)) == hash(agreed({"mug": 1, "pen": 2}, percent=10))


def test_a_snapshot_exposes_no_mutable_state() -> None:
    order = agreed({"mug": 1})
    order.quantities.clear()
    assert order.quantities == {"mug": 1}


def test_the_order_number_is_derived_from_the_id() -> None:
    assert agreed({"mug": 1}).number == order_number(ORDER_ID)


@given(sixty_bits)
def test_a_number_is_three_groups_of_four_that_cannot_be_misread(last_bits: int) -> None:
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", order_number(id_of(last_bits)))


@given(sixty_bits, st.integers(0, 59))
def test_every_one_of_the_last_sixty_bits_counts(last_bits: int, flipped: int) -> None:
    """In the shop's ids these bits are random, so order numbers do not reveal how many orders there were."""
    assert order_number(id_of(last_bits)) != order_number(id_of(last_bits ^ 1 << flipped))


@pytest.mark.parametrize(
    ("last_bits", "number"),
    [
        (0, "0000-0000-0000"),
        (1, "0000-0000-0001"),
        (31, "0000-0000-000Z"),
        (32, "0000-0000-0010"),
        (1 << 55, "1000-0000-0000"),
        ((1 << 60) - 1, "ZZZZ-ZZZZ-ZZZZ"),
    ],
)
def test_a_number_is_written_in_base_32(last_bits: int, number: str) -> None:
    assert order_number(id_of(last_bits)) == number
