"""Spreading an amount over lines by largest remainder."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.domain.money import spread
from tests.unit.pricing.test_quote import weights


@st.composite
def amounts_and_weights(draw: st.DrawFn) -> tuple[int, list[int]]:
    """An amount, and weights whose sum is at least the amount, like a discount and the prices of lines."""
    chosen = draw(weights)
    return draw(st.integers(0, sum(chosen))), chosen


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
def test_zero_weights_get_nothing(amount: int, weights: list[int]) -> None:
    weights = [*weights, 0, 1]
    shares = spread(amount, weights)
    assert all(share == 0 for share, weight in zip(shares, weights, strict=True) if weight == 0)


@given(amounts_and_weights())
def test_the_rest_goes_to_the_largest_remainders(drawn: tuple[int, list[int]]) -> None:
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
def test_a_heavier_weight_never_gets_less_at_any_position(drawn: tuple[int, list[int]], random: Any) -> None:
    amount, weights = drawn
    random.shuffle(weights)
    by_weight = sorted(zip(weights, spread(amount, weights), strict=True))
    shares_by_weight = [share for _, share in by_weight]
    assert shares_by_weight == sorted(shares_by_weight)


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="of equal remainders the earlier is rounded up"),
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


def test_an_amount_cannot_be_spread_over_zero_weights() -> None:
    with pytest.raises(AssertionError):
        spread(1, [0, 0])
