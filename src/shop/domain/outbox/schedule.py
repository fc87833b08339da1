"""The pauses between attempts of a delivery."""

from datetime import timedelta
from typing import Final

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pause after the first, second, … failed attempt."""


def pause_after(attempts: int) -> timedelta:
    """Return the pause after this many failed attempts; the last pause is repeated."""
    assert attempts >= 1
    return PAUSES[min(attempts, len(PAUSES)) - 1]
