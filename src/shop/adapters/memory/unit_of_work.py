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
from shop.adapters.on_first_use import OnFirstUse


class MemoryUnitOfWork:
    """See the port."""

    users = OnFirstUse(MemoryUsers)
    roles = OnFirstUse(MemoryRoles)
    api_keys = OnFirstUse(MemoryApiKeys)
    sessions = OnFirstUse(MemorySessions)
    login_attempts = OnFirstUse(MemoryLoginAttempts)
    login_addresses = OnFirstUse(MemoryLoginAddresses)
    second_factors = OnFirstUse(MemorySecondFactors)
    address_books = OnFirstUse(MemoryAddressBooks)
    products = OnFirstUse(MemoryProducts)
    pictures = OnFirstUse(MemoryPictures)
    imports = OnFirstUse(MemoryImports)
    categories = OnFirstUse(MemoryCategories)
    stock = OnFirstUse(MemoryStock)
    carts = OnFirstUse(MemoryCarts)
    promo_codes = OnFirstUse(MemoryPromoCodes)
    selling_rules = OnFirstUse(MemorySellingRules)
    orders = OnFirstUse(MemoryOrders)
    order_notes = OnFirstUse(MemoryOrderNotes)
    order_tokens = OnFirstUse(MemoryOrderTokens)
    unpaid_guest_orders = OnFirstUse(MemoryUnpaidGuestOrders)
    postponed_work = OnFirstUse(MemoryPostponedWork)
    payments = OnFirstUse(MemoryPayments)
    messages = OnFirstUse(MemoryMessages)
    reset_requests = OnFirstUse(MemoryResetRequests)
    sales = OnFirstUse(MemorySalesLedger)
    rate_limits = OnFirstUse(MemoryRateLimits)
    idempotency_keys = OnFirstUse(MemoryIdempotencyKeys)
    audit = OnFirstUse(MemoryAuditTrail)
    events = OnFirstUse(MemoryEvents)
    webhooks = OnFirstUse(MemoryWebhooks)
    deliveries = OnFirstUse(MemoryDeliveries)
    worker_tasks = OnFirstUse(MemoryWorkerTasks)
    stored_settings = OnFirstUse(MemoryStoredSettings)

    source: Transaction

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __aenter__(self) -> Self:
        self.source = Transaction(self._store)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.source.commit()
        finally:
            self.source.close()
