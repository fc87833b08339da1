"""The cart: one line per product, 1–999 units per line, at most 100 lines."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.carts.buyer import Customer, Guest
from shop.domain.carts.cart import MAX_LINES, Cart, CartFull, CartLine, merged
from shop.domain.errors import NotFound, ValidationFailed

EMPTY = Cart("cart", Customer("user"))
MUGS_AND_PENS = EMPTY.add("mug", 2).add("pen", 5)
FULL = Cart("cart", Customer("user"), tuple(CartLine(f"product {number}", 1) for number in range(MAX_LINES)))

additions = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 99)), max_size=10)

CHANGES: dict[str, Callable[[Cart], Cart]] = {
    "add": lambda cart: cart.add("cup", 1),
    "add more": lambda cart: cart.add("mug", 1),
    "set quantity": lambda cart: cart.set_quantity("mug", 3),
    "remove": lambda cart: cart.remove("mug"),
    "clear": lambda cart: cart.clear(),
    "apply promo code": lambda cart: cart.apply_promo_code("SPRING"),
    "drop promo code": lambda cart: cart.drop_promo_code(),
}


def contents(cart: Cart) -> list[tuple[str, int]]:
    return [(line.item_id, line.quantity) for line in cart.lines]


def test_a_new_cart_is_empty() -> None:
    assert contents(EMPTY) == []
    assert EMPTY.promo_code is None
    assert EMPTY.version == 1


@given(additions)
def test_a_cart_has_one_line_per_product_with_the_sum_of_its_additions(
    additions: list[tuple[str, int]],
) -> None:
    cart = EMPTY
    expected: dict[str, int] = {}
    for product_id, quantity in additions:
        cart = cart.add(product_id, quantity)
        expected[product_id] = expected.get(product_id, 0) + quantity
    assert contents(cart) == list(expected.items()), "in the order of their first appearance"


@pytest.mark.parametrize("quantity", [1, 2, 998, 999])
def test_a_line_holds_1_to_999(quantity: int) -> None:
    assert EMPTY.add("mug", quantity).quantity_of("mug") == quantity
    assert MUGS_AND_PENS.set_quantity("mug", quantity).quantity_of("mug") == quantity


@pytest.mark.parametrize("quantity", [-(10**20), -1, 0, 1000, 10**20])
def test_a_quantity_outside_1_to_999_is_refused(quantity: int) -> None:
    for change in (EMPTY.add, MUGS_AND_PENS.add, MUGS_AND_PENS.set_quantity, CartLine):
        with pytest.raises(ValidationFailed) as refusal:
            change("mug", quantity)
        assert refusal.value.details == {"quantity": "must be between 1 and 999"}


def test_adding_up_past_999_is_refused() -> None:
    assert EMPTY.add("mug", 998).add("mug", 1).quantity_of("mug") == 999
    with pytest.raises(ValidationFailed):
        EMPTY.add("mug", 999).add("mug", 1)


@pytest.mark.parametrize("quantity", [-998, -1, 0])
def test_adding_a_negative_quantity_is_refused(quantity: int) -> None:
    with pytest.raises(ValidationFailed):
        EMPTY.add("mug", 999).add("mug", quantity)


def test_setting_a_quantity_keeps_the_lines_place() -> None:
    assert contents(MUGS_AND_PENS.set_quantity("mug", 7)) == [("mug", 7), ("pen", 5)]


def test_adding_to_a_line_keeps_its_place() -> None:
    assert contents(MUGS_AND_PENS.add("mug", 1)) == [("mug", 3), ("pen", 5)]


def test_removing_removes_only_that_line() -> None:
    assert contents(MUGS_AND_PENS.remove("mug")) == [("pen", 5)]


def test_only_lines_in_the_cart_can_be_set_or_removed() -> None:
    with pytest.raises(NotFound):
        MUGS_AND_PENS.set_quantity("cup", 1)
    with pytest.raises(NotFound):
        MUGS_AND_PENS.remove("cup")


def test_the_quantity_of_absent_items_is_zero() -> None:
    assert MUGS_AND_PENS.quantity_of("cup") == 0


def test_clearing_removes_everything_including_the_promo_code() -> None:
    cleared = MUGS_AND_PENS.apply_promo_code("SPRING").clear()
    assert contents(cleared) == []
    assert cleared.promo_code is None


def test_a_cart_takes_one_promo_code_at_a_time() -> None:
    assert MUGS_AND_PENS.apply_promo_code("SPRING").apply_promo_code("SUMMER").promo_code == "SUMMER"


def test_changing_the_items_keeps_the_promo_code() -> None:
    coded = MUGS_AND_PENS.apply_promo_code("SPRING")
    assert coded.add("cup", 1).set_quantity("pen", 1).remove("mug").promo_code == "SPRING"


def test_dropping_the_promo_code_keeps_the_items() -> None:
    dropped = MUGS_AND_PENS.apply_promo_code("SPRING").drop_promo_code()
    assert dropped.promo_code is None
    assert dropped.lines == MUGS_AND_PENS.lines


def test_the_hundred_and_first_line_is_refused() -> None:
    assert len(FULL.lines) == 100
    with pytest.raises(CartFull):
        FULL.add("one too many", 1)


def test_a_full_cart_still_takes_more_of_what_it_holds() -> None:
    assert FULL.add("product 0", 1).quantity_of("product 0") == 2


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_the_next_version_of_the_same_cart(change: Callable[[Cart], Cart]) -> None:
    changed = change(MUGS_AND_PENS)
    assert changed.version == MUGS_AND_PENS.version + 1
    assert (changed.id, changed.buyer) == ("cart", Customer("user"))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_leaves_the_cart_it_was_made_from_alone(change: Callable[[Cart], Cart]) -> None:
    before = Cart("cart", Customer("user"), (CartLine("mug", 2), CartLine("pen", 5)), "WINTER")
    change(before)
    assert before == Cart("cart", Customer("user"), (CartLine("mug", 2), CartLine("pen", 5)), "WINTER")


def test_a_cart_with_two_lines_of_one_product_cannot_be_made() -> None:
    with pytest.raises(AssertionError):
        Cart("cart", Customer("user"), (CartLine("mug", 1), CartLine("mug", 1)))


def test_a_cart_with_too_many_lines_cannot_be_made() -> None:
    with pytest.raises(CartFull):
        Cart("cart", Customer("user"), (*FULL.lines, CartLine("one too many", 1)))


@given(additions)
def test_merging_equals_adding_the_lines_to_a_cart(additions: list[tuple[str, int]]) -> None:
    lines = tuple(CartLine(product_id, quantity) for product_id, quantity in additions)
    cart = EMPTY
    for line in lines:
        cart = cart.add(line.item_id, line.quantity)
    assert merged(lines) == cart.lines


def test_merged_lines_keep_the_carts_limits() -> None:
    with pytest.raises(ValidationFailed):
        merged((CartLine("mug", 999), CartLine("mug", 1)))
    with pytest.raises(CartFull):
        merged((*FULL.lines, CartLine("one too many", 1)))


def a_guests(*lines: CartLine, **fields: Any) -> Cart:
    return Cart("guest's", Guest("guest's", b"digest"), lines, **fields)


def test_merging_adds_up_as_far_as_the_stock_and_the_limits_allow() -> None:
    guests = a_guests(CartLine("mug", 4), CartLine("pen", 996), CartLine("cup", 2), CartLine("gone", 1))
    merged, adjusted = MUGS_AND_PENS.merge(guests, {"mug": 5, "pen": 2000, "cup": 2})
    assert contents(merged) == [("mug", 5), ("pen", 999), ("cup", 2)]
    assert [(line.item_id, line.wanted, line.got) for line in adjusted] == [
        ("mug", 6, 5),
        ("pen", 1001, 999),
        ("gone", 1, 0),
    ]
    assert (merged.id, merged.buyer) == (MUGS_AND_PENS.id, MUGS_AND_PENS.buyer)


def test_merging_drops_a_line_that_can_not_be_bought() -> None:
    merged, adjusted = MUGS_AND_PENS.merge(a_guests(CartLine("mug", 1)), {})
    assert contents(merged) == [("pen", 5)]
    assert [(line.item_id, line.wanted, line.got) for line in adjusted] == [("mug", 3, 0)]


def test_a_full_cart_takes_only_more_of_what_it_holds() -> None:
    guests = a_guests(CartLine("product 0", 1), CartLine("another", 1))
    merged, adjusted = FULL.merge(guests, {"product 0": 9, "another": 9})
    assert merged.quantity_of("product 0") == 2
    assert [(line.item_id, line.got) for line in adjusted] == [("another", 0)]


@given(additions, additions)
def test_merging_two_carts_adds_up_every_line(
    first: list[tuple[str, int]], second: list[tuple[str, int]]
) -> None:
    one, other = EMPTY, a_guests()
    for item_id, quantity in first:
        one = one.add(item_id, min(quantity, 40))
    for item_id, quantity in second:
        other = other.add(item_id, min(quantity, 40))
    merged, adjusted = one.merge(other, dict.fromkeys("abcd", 999))
    assert adjusted == ()
    assert {item_id: merged.quantity_of(item_id) for item_id in "abcd"} == {
        item_id: one.quantity_of(item_id) + other.quantity_of(item_id) for item_id in "abcd"
    }
