"""Chooses the points of a request at which a test injects a failure: all of them, or every fifth."""

from collections.abc import Sequence

import pytest


@pytest.fixture(
    params=[
        pytest.param(5, id="every fifth point"),
        pytest.param(1, id="every point", marks=pytest.mark.long),
    ]
)
def stride(request: pytest.FixtureRequest) -> int:
    """The distance between the points that a test visits. It is odd, so both odd and even points are visited."""
    distance: int = request.param
    return distance


def sweep(points: int, stride: int) -> Sequence[int]:
    """Return the points to visit, counted from 1. The last point is always among them."""
    return range(points % stride or stride, points + 1, stride)
