"""A sampled sweep reaches from the beginning to the end."""

import itertools

import pytest

from tests.sweeps import sweep


@pytest.mark.parametrize("points", [1, 4, 5, 6, 24, 25])
def test_a_sweep_ends_with_the_last_point(points: int) -> None:
    assert list(sweep(points, 1)) == list(range(1, points + 1))
    visited = list(sweep(points, 5))
    assert visited[0] <= 5
    assert visited[-1] == points
    assert {later - earlier for earlier, later in itertools.pairwise(visited)} <= {5}
