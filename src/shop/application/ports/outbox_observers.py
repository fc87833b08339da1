"""Counting deliveries."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class DeliveryObserver(Protocol):
    """Is told of every attempt that was made to deliver an event to a webhook."""

    def attempted(self, *, succeeded: bool) -> None:
        """Count one attempt."""
