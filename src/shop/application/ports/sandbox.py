"""The sandbox's card: simulates a customer who fills in the provider's payment form."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shop.domain.payments.payment import Intent


class CardOutcome(StrEnum):
    """The simulated answer of the customer's bank."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A webhook as sent: the raw body and its signature header."""

    payload: bytes
    signature: str
    provider: str
    """The name of the provider that signed it."""


@runtime_checkable
class SandboxCard(Protocol):
    """Simulates the customer's card. Only the sandbox provider has one."""

    async def lookup(self, client_secret: str) -> Intent | None:
        """Return the intent with this client secret; None if there is none."""

    async def confirm(self, client_secret: str, outcome: CardOutcome) -> SignedEvent | None:
        """Try to pay. Return the webhook that notifies the shop; None for an unknown secret.

        Raises PaymentNotConfirmable when the intent was cancelled, or when it has succeeded and `outcome` is a failure.
        """
