"""A cache of recent database reads, shared by all instances of the shop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar, runtime_checkable

LIFETIME_SECONDS: Final = 0.9
"""How long any instance may serve a value, counted from the start of its database read: less than a second."""

Value = TypeVar("Value")


def _keep_nowhere(_: Any) -> None:
    """Discard the value: there is no shared cache."""


@dataclass(frozen=True, slots=True)
class LookUp(Generic[Value]):
    """A value read by another instance, if any; otherwise a callback to share this instance's own read.

    Times are seconds on the event loop's clock.
    """

    value: Value | None = None
    began: float = 0.0
    """The earliest time at which the read may have started: later commits may be missing from the value."""
    expires: float = 0.0
    """From this time on, the value must not be served."""
    keep: Callable[[Value], None] = _keep_nowhere
    """Share a value read from the database *after* this look-up. Returns immediately; failures are ignored."""


@runtime_checkable
class SharedReads(Protocol):
    """A cache shared by all instances, which may be slow, empty or unavailable at any time.

    A value is never returned later than LIFETIME_SECONDS after its read began, so no invalidation messages are
    needed. An instance that has committed a change must not use a value whose read may have begun before it.
    """

    async def look_up(self, theme: str, name: bytes, kind: type[Value]) -> LookUp[Value]:
        """Return what is cached under this name and theme, decoded as `kind`, a type that msgspec can encode.

        Never raises, and returns within 20 ms.
        """
