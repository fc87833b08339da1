"""The ledger of the sandbox provider: its intents and refunds."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from shop.domain.payments.payment import (
    PaymentStatus,
)

OPEN: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


@dataclass(frozen=True, slots=True)
class SandboxIntent:
    """An intent in the sandbox's ledger; `refunded` in minor units."""

    id: str
    order_id: str
    attempt: int
    amount: int
    currency: str
    client_secret: str
    status: PaymentStatus
    created_at: datetime
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class SandboxRefund:
    """A refund in the sandbox's ledger; `id` is the shop's refund id."""

    id: str
    intent_id: str
    amount: int


@runtime_checkable
class SandboxLedger(Protocol):
    """The sandbox's ledger. Each method is atomic."""

    async def add(self, intent: SandboxIntent) -> SandboxIntent:
        """Store the intent unless one exists for the order's attempt. Return the stored intent."""

    async def by_id(self, intent_id: str) -> SandboxIntent | None: ...

    async def by_secret(self, client_secret: str) -> SandboxIntent | None: ...

    async def of_order(self, order_id: str) -> list[SandboxIntent]:
        """Return the order's intents, by attempt."""

    def between(self, start: datetime, end: datetime) -> AsyncIterator[SandboxIntent]:
        """Return the intents created within [start, end)."""

    async def move(self, intent_id: str, to: PaymentStatus) -> None:
        """Set the status of a pending or failed intent; leave other intents unchanged."""

    async def refund(self, refund: SandboxRefund) -> bool:
        """Record the refund once. Return False if it exceeds the unrefunded rest of a succeeded payment."""

    async def refunds_of(self, intent_id: str) -> list[SandboxRefund]:
        """Return the intent's refunds, by id."""


class MemorySandboxLedger:
    """The sandbox's ledger in memory; it is lost when the process ends."""

    def __init__(self) -> None:
        self._intents: dict[str, SandboxIntent] = {}
        self._refunds: dict[str, SandboxRefund] = {}

    async def add(self, intent: SandboxIntent) -> SandboxIntent:
        for current in self._intents.values():
            if (current.order_id, current.attempt) == (intent.order_id, intent.attempt):
                return current
        self._intents[intent.id] = intent
        return intent

    async def by_id(self, intent_id: str) -> SandboxIntent | None:
        return self._intents.get(intent_id)

    async def by_secret(self, client_secret: str) -> SandboxIntent | None:
        return next((each for each in self._intents.values() if each.client_secret == client_secret), None)

    async def of_order(self, order_id: str) -> list[SandboxIntent]:
        found = [each for each in self._intents.values() if each.order_id == order_id]
        return sorted(found, key=lambda intent: intent.attempt)

    async def between(self, start: datetime, end: datetime) -> AsyncIterator[SandboxIntent]:
        for intent in list(self._intents.values()):
            if start <= intent.created_at < end:
                yield intent

    async def move(self, intent_id: str, to: PaymentStatus) -> None:
        current = self._intents.get(intent_id)
        if current is not None and current.status in OPEN:
            self._intents[intent_id] = replace(current, status=to)

    async def refund(self, refund: SandboxRefund) -> bool:
        if refund.id in self._refunds:
            return True
        current = self._intents.get(refund.intent_id)
        if (
            current is None
            or current.status is not PaymentStatus.SUCCEEDED
            or refund.amount > current.amount - current.refunded
        ):
            return False
        self._intents[refund.intent_id] = replace(current, refunded=current.refunded + refund.amount)
        self._refunds[refund.id] = refund
        return True

    async def refunds_of(self, intent_id: str) -> list[SandboxRefund]:
        found = [refund for refund in self._refunds.values() if refund.intent_id == intent_id]
        return sorted(found, key=lambda refund: refund.id)
