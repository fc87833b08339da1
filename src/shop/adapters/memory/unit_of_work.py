"""The unit of work in memory."""

from types import TracebackType
from typing import Self

from shop.adapters.memory.accounts.address_books import MemoryAddressBooks
from shop.adapters.memory.accounts.api_keys import MemoryApiKeys
from shop.adapters.memory.accounts.login_addresses import MemoryLoginAddresses
from shop.adapters.memory.accounts.roles import MemoryRoles
from shop.adapters.memory.accounts.second_factors import MemorySecondFactors
from shop.adapters.memory.accounts.users import MemoryLoginAttempts, MemorySessions, MemoryUsers
from shop.adapters.memory.audit.audit import MemoryAuditTrail
from shop.adapters.memory.carts.carts import MemoryCarts
from shop.adapters.memory.catalogue.categories import MemoryCategories
from shop.adapters.memory.catalogue.imports import MemoryImports
from shop.adapters.memory.catalogue.pictures import MemoryPictures
from shop.adapters.memory.catalogue.products import MemoryProducts, MemoryStock
from shop.adapters.memory.framework.rate_limits import MemoryRateLimits
from shop.adapters.memory.framework.store import Store, Transaction
from shop.adapters.memory.framework.stored_settings import MemoryStoredSettings
from shop.adapters.memory.framework.worker_tasks import MemoryWorkerTasks
from shop.adapters.memory.idempotency import MemoryIdempotencyKeys
from shop.adapters.memory.messages.messages import MemoryMessages, MemoryResetRequests
from shop.adapters.memory.orders.notes import MemoryOrderNotes
from shop.adapters.memory.orders.orders import MemoryOrders, MemoryPostponedWork
from shop.adapters.memory.orders.tokens import MemoryOrderTokens
from shop.adapters.memory.orders.unpaid_guest_orders import MemoryUnpaidGuestOrders
from shop.adapters.memory.outbox.events import MemoryEvents
from shop.adapters.memory.outbox.webhooks import MemoryDeliveries, MemoryWebhooks
from shop.adapters.memory.payments.payments import MemoryPayments
from shop.adapters.memory.pricing.selling_rules import MemorySellingRules
from shop.adapters.memory.promotions.promo_codes import MemoryPromoCodes
from shop.adapters.memory.statistics.sales import MemorySalesLedger


class MemoryUnitOfWork:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __aenter__(self) -> Self:
        self._transaction = transaction = Transaction(self._store)
        self.users = MemoryUsers(transaction)
        self.roles = MemoryRoles(transaction)
        self.api_keys = MemoryApiKeys(transaction)
        self.sessions = MemorySessions(transaction)
        self.login_attempts = MemoryLoginAttempts(transaction)
        self.login_addresses = MemoryLoginAddresses(transaction)
        self.second_factors = MemorySecondFactors(transaction)
        self.address_books = MemoryAddressBooks(transaction)
        self.products = MemoryProducts(transaction)
        self.pictures = MemoryPictures(transaction)
        self.imports = MemoryImports(transaction)
        self.categories = MemoryCategories(transaction)
        self.stock = MemoryStock(transaction)
        self.carts = MemoryCarts(transaction)
        self.promo_codes = MemoryPromoCodes(transaction)
        self.selling_rules = MemorySellingRules(transaction)
        self.orders = MemoryOrders(transaction)
        self.order_notes = MemoryOrderNotes(transaction)
        self.order_tokens = MemoryOrderTokens(transaction)
        self.unpaid_guest_orders = MemoryUnpaidGuestOrders(transaction)
        self.postponed_work = MemoryPostponedWork(transaction)
        self.payments = MemoryPayments(transaction)
        self.messages = MemoryMessages(transaction)
        self.reset_requests = MemoryResetRequests(transaction)
        self.sales = MemorySalesLedger(transaction)
        self.rate_limits = MemoryRateLimits(transaction)
        self.idempotency_keys = MemoryIdempotencyKeys(transaction)
        self.audit = MemoryAuditTrail(transaction)
        self.events = MemoryEvents(transaction)
        self.webhooks = MemoryWebhooks(transaction)
        self.deliveries = MemoryDeliveries(transaction)
        self.worker_tasks = MemoryWorkerTasks(transaction)
        self.stored_settings = MemoryStoredSettings(transaction)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._transaction.commit()
        finally:
            self._transaction.close()
