"""Measurements: counts, durations and latencies, and comparisons of two contenders."""

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
    """One round: the latencies, in seconds, of the operations completed within `seconds`."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Return the number of operations per second."""
        return len(self.latencies) / self.seconds


@dataclass(slots=True)
class Recorder:
    """Records the latencies of one round after its warm-up."""

    seconds: float
    began: float = field(default_factory=perf_counter)
    latencies: list[float] = field(default_factory=list)
    last: float = 0.0

    @property
    def deadline(self) -> float:
        """Return the time at which the round ends."""
        return self.began + WARM_UP_SECONDS + self.seconds

    def record(self, started: float, ended: float) -> None:
        """Record one operation, unless it ended during the warm-up or after the deadline."""
        if self.began + WARM_UP_SECONDS <= ended <= self.deadline:
            self.latencies.append(ended - started)
            self.last = ended

    def sample(self) -> Sample:
        """Return the round, shorter than planned if the work ran out."""
        seconds = min(self.last, self.deadline) - self.began - WARM_UP_SECONDS
        if len(self.latencies) < 2:
            raise RuntimeError("nothing was done in a whole round: give it more --seconds")
        return Sample(seconds, self.latencies)


@dataclass(frozen=True, slots=True)
class Figures:
    """All rounds of one contender: the median rate, and quantiles over all latencies, in seconds."""

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
    """Return the median of the per-round ratios: a temporary slowdown of the machine affects both in a round."""
    return median(a.rate / b.rate for a, b in zip(ours, limit, strict=True))


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep this process's garbage collection pauses out of its measurements of another process."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
