"""A scenario: the shop and its reference implementations do the same work in turns."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.samples import Figures, Sample, ratio

CLIENTS: Final = 16
"""The number of concurrent clients in every scenario."""

Round = Callable[[float], Awaitable[Sample]]
"""Measures for the given number of seconds; its own preparation is not measured."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A reference implementation; `goal` is the shop's target rate as a fraction of the reference's rate."""

    name: str
    measure: Round
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Work that is measured; `name` selects it on the command line, `unit` is what is counted."""

    name: str
    unit: str
    ours: Round
    limits: Sequence[Limit]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario's figures; the limits are in the order of `scenario.limits`, each with the shop's ratio to it."""

    scenario: Scenario
    ours: Figures
    limits: Sequence[tuple[Limit, Figures, float]]


async def contest(scenario: Scenario, rounds: int, seconds: float) -> Outcome:
    """Measure every contender `rounds` times in turns."""
    measures = [scenario.ours, *(limit.measure for limit in scenario.limits)]
    samples: list[list[Sample]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, taken in zip(measures, samples, strict=True):
            taken.append(await measure(seconds))
    ours, *others = samples
    limits = [
        (limit, Figures.of(taken), ratio(ours, taken))
        for limit, taken in zip(scenario.limits, others, strict=True)
    ]
    return Outcome(scenario, Figures.of(ours), limits)
