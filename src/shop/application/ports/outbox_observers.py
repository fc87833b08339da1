"""Counting deliveries."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class DeliveryObserver(Protocol):
    """Counts deliveries of one kind: of events to webhooks, or of mails to the mail server."""

    def attempted(self, *, succeeded: bool) -> None:
        """Count one attempt."""

    def given_up(self) -> None:
        """Count one delivery that will not be attempted any more."""
