"""The unit of work in memory."""

from types import TracebackType
from typing import Self

from shop.adapters.memory.accounts import MemoryLoginAttempts, MemorySessions, MemoryUsers
from shop.adapters.memory.audit import MemoryAuditTrail
from shop.adapters.memory.carts import MemoryCarts
from shop.adapters.memory.idempotency import MemoryIdempotencyKeys
from shop.adapters.memory.orders import MemoryOrders, MemoryPostponedWork
from shop.adapters.memory.payments import MemoryPayments
from shop.adapters.memory.products import MemoryProducts, MemoryStock
from shop.adapters.memory.promo_codes import MemoryPromoCodes
from shop.adapters.memory.sales import MemorySalesLedger
from shop.adapters.memory.store import Store, Transaction
from shop.adapters.memory.worker_tasks import MemoryWorkerTasks


class MemoryUnitOfWork:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __aenter__(self) -> Self:
        self._transaction = transaction = Transaction(self._store)
        self.users = MemoryUsers(transaction)
        self.sessions = MemorySessions(transaction)
        self.login_attempts = MemoryLoginAttempts(transaction)
        self.products = MemoryProducts(transaction)
        self.stock = MemoryStock(transaction)
        self.carts = MemoryCarts(transaction)
        self.promo_codes = MemoryPromoCodes(transaction)
        self.orders = MemoryOrders(transaction)
        self.postponed_work = MemoryPostponedWork(transaction)
        self.payments = MemoryPayments(transaction)
        self.sales = MemorySalesLedger(transaction)
        self.idempotency_keys = MemoryIdempotencyKeys(transaction)
        self.audit = MemoryAuditTrail(transaction)
        self.worker_tasks = MemoryWorkerTasks(transaction)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._transaction.commit()
        finally:
            self._transaction.close()
