"""A server's time is never converted to a later local time than the true one, whatever the server's clock does."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.cache.redis.server_clock import ServerClock
from shop.application.ports.shared_reads import LIFETIME_SECONDS

SECOND = 1_000
"""Time is counted in whole milliseconds, so that sums are exact."""


@dataclass
class World:
    """Our clock, and a server's clock, which shows another time and may be set back or stand still."""

    ours: int = 5_000 * SECOND
    servers: int = 90_000 * SECOND

    def passes(self, milliseconds: int, *, for_the_server: bool = True) -> None:
        self.ours += milliseconds
        if for_the_server:
            self.servers += milliseconds


def distance(clock: ServerClock, world: World, way_there: int = 0, way_back: int = 0) -> float:
    asked = world.ours / SECOND
    world.passes(way_there)
    said = world.servers / SECOND
    world.passes(way_back)
    return clock.distance(said, asked, world.ours / SECOND)


def test_the_server_is_assumed_to_answer_at_the_moment_of_the_request() -> None:
    world = World()
    apart = (world.servers - world.ours) / SECOND
    assert distance(ServerClock(), world, 4, 2) == pytest.approx(apart + 0.004, rel=0, abs=1e-6)


def test_a_stopped_clock_is_distrusted_until_older_values_expired() -> None:
    world, clock = World(), ServerClock()
    before = distance(clock, world)
    world.passes(10 * SECOND, for_the_server=False)
    assert distance(clock, world) == before
    world.passes(int((10 + LIFETIME_SECONDS) * SECOND))
    assert distance(clock, world) == before
    world.passes(1)
    assert distance(clock, world) == pytest.approx(before - 10)


def test_a_corrected_clock_is_trusted_immediately() -> None:
    world, clock = World(), ServerClock()
    before = distance(clock, world)
    world.passes(10 * SECOND, for_the_server=False)
    distance(clock, world)
    world.servers += 10 * SECOND
    assert distance(clock, world, 3) == pytest.approx(before + 0.003, rel=0, abs=1e-6)


def test_a_clock_running_ahead_is_followed() -> None:
    world, clock = World(), ServerClock()
    before = distance(clock, world)
    world.servers += 10 * SECOND
    assert distance(clock, world) == pytest.approx(before + 10)
    assert distance(clock, world) == pytest.approx(before + 10)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("time passes"), st.integers(0, 3 * SECOND)),
        st.tuples(st.just("the server stands still"), st.integers(0, 5 * SECOND)),
        st.tuples(st.just("the server's clock is set back"), st.integers(0, 5 * SECOND)),
        st.tuples(st.just("a value is kept"), st.just(0)),
        st.tuples(st.just("asked"), st.integers(0, 30)),
    ),
    min_size=5,
    max_size=60,
)


@given(steps)
def test_stale_values_are_never_taken_for_fresh(plan: list[tuple[str, int]]) -> None:
    """The server's clock misbehaves after an earlier correct reading."""
    world, clock = World(), ServerClock()
    distance(clock, world)
    kept: list[tuple[float, float]] = []
    lifetime = int(LIFETIME_SECONDS * SECOND)
    for step, amount in plan:
        match step:
            case "time passes":
                world.passes(amount)
            case "the server stands still":
                world.passes(amount, for_the_server=False)
            case "the server's clock is set back":
                world.servers -= amount
            case "a value is kept":
                kept.append(((world.servers + lifetime) / SECOND, (world.ours + lifetime) / SECOND))
            case _:
                apart = distance(clock, world, amount, amount // 2)
                for over_there, over_here in kept:
                    here = world.ours / SECOND
                    assert over_there - apart <= here or here <= over_here
