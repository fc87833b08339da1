"""What a measurement yields: how many, in what time, each how long; and two of them side by side."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Final

WARM_UP_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Sample:
    """One round: the latencies, in seconds, of what ended within `seconds`."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """How many a second."""
        return len(self.latencies) / self.seconds


@dataclass(slots=True)
class Recorder:
    """Takes the latencies of one round, from the end of its warm-up on."""

    seconds: float
    began: float = field(default_factory=perf_counter)
    latencies: list[float] = field(default_factory=list)
    last: float = 0.0

    @property
    def deadline(self) -> float:
        """When the round is over."""
        return self.began + WARM_UP_SECONDS + self.seconds

    def record(self, started: float, ended: float) -> None:
        """One more is done, unless it ended while warming up, or too late."""
        if self.began + WARM_UP_SECONDS <= ended <= self.deadline:
            self.latencies.append(ended - started)
            self.last = ended

    def sample(self) -> Sample:
        """The round, shorter than planned if there was nothing left to do."""
        seconds = min(self.last, self.deadline) - self.began - WARM_UP_SECONDS
        if len(self.latencies) < 2:
            raise RuntimeError("nothing was done in a whole round: give it more --seconds")
        return Sample(seconds, self.latencies)


@dataclass(frozen=True, slots=True)
class Figures:
    """All rounds of one contender: the median rate, and quantiles, in seconds, over every latency."""

    rate: float
    p50: float
    p99: float

    @classmethod
    def of(cls, rounds: Sequence[Sample]) -> "Figures":
        latencies = sorted(latency for sample in rounds for latency in sample.latencies)
        return cls(
            median(sample.rate for sample in rounds),
            latencies[len(latencies) // 2],
            latencies[len(latencies) * 99 // 100],
        )


def ratio(ours: Sequence[Sample], limit: Sequence[Sample]) -> float:
    """The median of the rounds' ratios: what slows the whole machine down for a while slows both of a round."""
    return median(a.rate / b.rate for a, b in zip(ours, limit, strict=True))


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the collector's pauses in this process out of what it measures of another."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
