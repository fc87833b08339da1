"""Injected failures: commits whose outcome is lost, and a payment provider whose answers are lost."""

from enum import StrEnum
from types import TracebackType
from typing import Any

from shop.adapters.memory.storage import MemoryStorage, MemoryUnitOfWork
from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger
from shop.application.ports.unit_of_work import CommitOutcomeUnknown, TransactionConflict
from shop.domain.payments.payment import PaymentUnavailable


class CommitFault(StrEnum):
    """What happens to a commit."""

    LOST = "it never reaches the database, and the outcome is unknown to the caller"
    UNHEARD = "it takes effect, but its answer is lost"
    CONFLICT = "it is refused because of another transaction"


class ProviderFault(StrEnum):
    """What happens to a request to the payment provider."""

    LOST = "it never arrives"
    UNHEARD = "it takes effect, but its answer is lost"


class FaultyStorage(MemoryStorage):
    """A storage in memory. Each entry of `faults` is used for one of the next commits; None lets the commit succeed."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[CommitFault | None] = []

    def reset(self) -> None:
        """Empty the storage in place, so that objects which hold a reference to it can go on using it."""
        self.faults.clear()
        self.store.tables.clear()
        vars(self.sandbox_ledger).update(vars(MemorySandboxLedger()))

    def unit_of_work(self) -> MemoryUnitOfWork:
        return _FaultyUnitOfWork(self)


class _FaultyUnitOfWork(MemoryUnitOfWork):
    def __init__(self, storage: FaultyStorage) -> None:
        super().__init__(storage.store)
        self._storage = storage

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fault = self._storage.faults.pop(0) if error is None and self._storage.faults else None
        if fault is None or fault is CommitFault.UNHEARD:
            await super().__aexit__(kind, error, trace)
        if fault is None:
            return
        raised = TransactionConflict() if fault is CommitFault.CONFLICT else CommitOutcomeUnknown("injected")
        if fault is not CommitFault.UNHEARD:
            await super().__aexit__(type(raised), raised, None)
        raise raised


_CALLS = ("create_intent", "intent", "cancel_intent", "refund")


def break_provider(payments: SandboxPayments, faults: list[ProviderFault | None]) -> None:
    """Use each entry of `faults` for one of the provider's next calls; None lets the call succeed.

    Each call removes its entry from the list, so a test can append faults later.
    """
    for name in _CALLS:
        setattr(payments, name, _breaking(getattr(type(payments), name), payments, faults))


def _breaking(call: Any, payments: SandboxPayments, faults: list[ProviderFault | None]) -> Any:
    async def broken(*arguments: Any) -> Any:
        fault = faults.pop(0) if faults else None
        if fault is ProviderFault.LOST:
            raise PaymentUnavailable("injected")
        answer = await call(payments, *arguments)
        if fault is ProviderFault.UNHEARD:
            raise PaymentUnavailable("injected")
        return answer

    return broken
