"""What instances of the shop tell each other of what they have just read from the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar, runtime_checkable

LIFETIME_SECONDS: Final = 0.9
"""How long what was read may be shown, from the start of its reading: less than a second, by all instances together."""

Value = TypeVar("Value")


def _keep_nowhere(_: Any) -> None:
    """Nobody to share with."""


@dataclass(frozen=True, slots=True)
class LookUp(Generic[Value]):
    """What another instance has read, if any; and where to leave one's own reading if not.

    Moments are seconds on the event loop's clock.
    """

    value: Value | None = None
    began: float = 0.0
    """Its reading began then or later: it may lack what was committed after this."""
    expires: float = 0.0
    """It must not be shown from then on."""
    keep: Callable[[Value], None] = _keep_nowhere
    """Share what was read from the database *after* this look-up. Comes back at once, whatever becomes of it."""


@runtime_checkable
class SharedReads(Protocol):
    """A memory that all instances share, and that may be slow, empty or gone at any moment.

    Nothing is found in it LIFETIME_SECONDS after its reading began, so no message about a change has to
    arrive; who has made changes must not take a value whose reading may have begun before them.
    """

    async def look_up(self, theme: str, name: bytes, kind: type[Value]) -> LookUp[Value]:
        """What was kept under a name of this theme, as a value of this kind, which msgspec can encode.

        Never raises, and answers within 20 ms.
        """
