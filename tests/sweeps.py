"""How densely a test sweeps the points at which something may go wrong."""

from collections.abc import Sequence

import pytest


@pytest.fixture(
    params=[
        pytest.param(5, id="every fifth point"),
        pytest.param(1, id="every point", marks=pytest.mark.long),
    ]
)
def stride(request: pytest.FixtureRequest) -> int:
    """The distance of the points that the test visits: odd, so that it visits odd and even ones."""
    distance: int = request.param
    return distance


def sweep(points: int, stride: int) -> Sequence[int]:
    """Return the points to visit, counted from 1, with the last one."""
    return range(points % stride or stride, points + 1, stride)
