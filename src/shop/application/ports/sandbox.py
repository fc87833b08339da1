"""The sandbox's card: what a customer would do with the provider's form."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shop.domain.payments.payment import Intent


class CardOutcome(StrEnum):
    """What the customer's bank says."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A webhook as it goes over the wire: the raw body and its signature header."""

    payload: bytes
    signature: str
    provider: str
    """The name of the provider that signed it."""


@runtime_checkable
class SandboxCard(Protocol):
    """Plays the customer's card. Only the sandbox provider has one."""

    async def lookup(self, client_secret: str) -> Intent | None:
        """The intent that the secret belongs to; None if it belongs to none."""

    async def confirm(self, client_secret: str, outcome: CardOutcome) -> SignedEvent | None:
        """Try to pay: the webhook that tells the shop, or None for an unknown secret.

        Raises PaymentNotConfirmable when the intent was cancelled, or succeeded before and should fail now.
        """
