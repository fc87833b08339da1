"""The shop's whole storage, in this process, and its unit of work."""

from functools import cached_property
from types import TracebackType
from typing import Self

from shop.adapters.memory.accounts import api_keys, roles
from shop.adapters.memory.accounts import users as accounts
from shop.adapters.memory.accounts.address_books import MemoryAddressBookQueries, MemoryAddressBooks
from shop.adapters.memory.accounts.api_keys import MemoryApiKeyQueries, MemoryApiKeys
from shop.adapters.memory.accounts.login_addresses import MemoryLoginAddresses
from shop.adapters.memory.accounts.roles import MemoryRoleQueries, MemoryRoles
from shop.adapters.memory.accounts.second_factors import MemorySecondFactors
from shop.adapters.memory.accounts.users import (
    MemoryLoginAttempts,
    MemorySessions,
    MemoryUserQueries,
    MemoryUsers,
)
from shop.adapters.memory.audit.audit import MemoryAuditQueries, MemoryAuditTrail
from shop.adapters.memory.carts import carts
from shop.adapters.memory.carts.carts import MemoryCartQueries, MemoryCarts
from shop.adapters.memory.catalogue import categories, pictures, products
from shop.adapters.memory.catalogue.admin_queries import MemoryAdminProductQueries
from shop.adapters.memory.catalogue.categories import MemoryCategories, MemoryCategoryQueries
from shop.adapters.memory.catalogue.imports import MemoryImportQueries, MemoryImports
from shop.adapters.memory.catalogue.pictures import MemoryPictureQueries, MemoryPictures
from shop.adapters.memory.catalogue.products import MemoryProducts, MemoryStock
from shop.adapters.memory.catalogue.queries import MemoryCatalogueQueries
from shop.adapters.memory.framework.rate_limits import MemoryRateLimits
from shop.adapters.memory.framework.store import Store, Transaction
from shop.adapters.memory.framework.stored_settings import MemoryStoredSettings
from shop.adapters.memory.framework.worker_tasks import MemoryWorkerTasks
from shop.adapters.memory.idempotency import MemoryIdempotencyKeys
from shop.adapters.memory.messages import messages
from shop.adapters.memory.messages.messages import MemoryMessageQueries, MemoryMessages, MemoryResetRequests
from shop.adapters.memory.orders import tokens as order_tokens
from shop.adapters.memory.orders.admin_queries import MemoryAdminOrderQueries
from shop.adapters.memory.orders.notes import MemoryOrderNotes
from shop.adapters.memory.orders.orders import MemoryOrderQueries, MemoryOrders, MemoryPostponedWork
from shop.adapters.memory.orders.tokens import MemoryOrderTokenQueries, MemoryOrderTokens
from shop.adapters.memory.orders.unpaid_guest_orders import MemoryUnpaidGuestOrders
from shop.adapters.memory.outbox import events
from shop.adapters.memory.outbox.events import MemoryEventQueries, MemoryEvents
from shop.adapters.memory.outbox.webhooks import MemoryDeliveries, MemoryWebhookQueries, MemoryWebhooks
from shop.adapters.memory.payments.payments import MemoryPayments
from shop.adapters.memory.payments.refund_queries import MemoryRefundQueries
from shop.adapters.memory.pricing import selling_rules
from shop.adapters.memory.pricing.selling_rules import MemorySellingRules, MemorySellingRulesQueries
from shop.adapters.memory.promotions import promo_codes
from shop.adapters.memory.promotions.promo_codes import MemoryPromoCodeQueries, MemoryPromoCodes
from shop.adapters.memory.statistics.queries import MemoryFigures, MemoryStatisticsQueries
from shop.adapters.memory.statistics.sales import MemorySalesLedger
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger


class MemoryUnitOfWork:
    """See the port."""

    users = cached_property(lambda work: MemoryUsers(work.source))
    roles = cached_property(lambda work: MemoryRoles(work.source))
    api_keys = cached_property(lambda work: MemoryApiKeys(work.source))
    sessions = cached_property(lambda work: MemorySessions(work.source))
    login_attempts = cached_property(lambda work: MemoryLoginAttempts(work.source))
    login_addresses = cached_property(lambda work: MemoryLoginAddresses(work.source))
    second_factors = cached_property(lambda work: MemorySecondFactors(work.source))
    address_books = cached_property(lambda work: MemoryAddressBooks(work.source))
    products = cached_property(lambda work: MemoryProducts(work.source))
    pictures = cached_property(lambda work: MemoryPictures(work.source))
    imports = cached_property(lambda work: MemoryImports(work.source))
    categories = cached_property(lambda work: MemoryCategories(work.source))
    stock = cached_property(lambda work: MemoryStock(work.source))
    carts = cached_property(lambda work: MemoryCarts(work.source))
    promo_codes = cached_property(lambda work: MemoryPromoCodes(work.source))
    selling_rules = cached_property(lambda work: MemorySellingRules(work.source))
    orders = cached_property(lambda work: MemoryOrders(work.source))
    order_notes = cached_property(lambda work: MemoryOrderNotes(work.source))
    order_tokens = cached_property(lambda work: MemoryOrderTokens(work.source))
    unpaid_guest_orders = cached_property(lambda work: MemoryUnpaidGuestOrders(work.source))
    postponed_work = cached_property(lambda work: MemoryPostponedWork(work.source))
    payments = cached_property(lambda work: MemoryPayments(work.source))
    messages = cached_property(lambda work: MemoryMessages(work.source))
    reset_requests = cached_property(lambda work: MemoryResetRequests(work.source))
    sales = cached_property(lambda work: MemorySalesLedger(work.source))
    rate_limits = cached_property(lambda work: MemoryRateLimits(work.source))
    idempotency_keys = cached_property(lambda work: MemoryIdempotencyKeys(work.source))
    audit = cached_property(lambda work: MemoryAuditTrail(work.source))
    events = cached_property(lambda work: MemoryEvents(work.source))
    webhooks = cached_property(lambda work: MemoryWebhooks(work.source))
    deliveries = cached_property(lambda work: MemoryDeliveries(work.source))
    worker_tasks = cached_property(lambda work: MemoryWorkerTasks(work.source))
    stored_settings = cached_property(lambda work: MemoryStoredSettings(work.source))

    source: Transaction
    """The transaction in which everything in this unit of work reads and writes."""

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


class MemoryStorage:
    """The unit of work and the query ports over one store."""

    def __init__(self) -> None:
        modules = (
            accounts,
            api_keys,
            carts,
            categories,
            events,
            messages,
            order_tokens,
            pictures,
            products,
            promo_codes,
            roles,
            selling_rules,
        )
        self.store = Store({table: keys for module in modules for table, keys in module.UNIQUE_KEYS.items()})
        self.users = MemoryUserQueries(self.store)
        self.address_books = MemoryAddressBookQueries(self.store)
        self.roles = MemoryRoleQueries(self.store)
        self.api_keys = MemoryApiKeyQueries(self.store)
        self.catalogue = MemoryCatalogueQueries(self.store)
        self.pictures = MemoryPictureQueries(self.store)
        self.imports = MemoryImportQueries(self.store)
        self.categories = MemoryCategoryQueries(self.store)
        self.carts = MemoryCartQueries(self.store)
        self.promo_codes = MemoryPromoCodeQueries(self.store)
        self.selling_rules = MemorySellingRulesQueries(self.store)
        self.orders = MemoryOrderQueries(self.store)
        self.order_tokens = MemoryOrderTokenQueries(self.store)
        self.statistics = MemoryStatisticsQueries(self.store)
        self.figures = MemoryFigures()
        self.admin_orders = MemoryAdminOrderQueries(self.store)
        self.admin_products = MemoryAdminProductQueries(self.store)
        self.refunds = MemoryRefundQueries(self.store)
        self.audit = MemoryAuditQueries(self.store)
        self.messages = MemoryMessageQueries(self.store)
        self.events = MemoryEventQueries(self.store)
        self.webhooks = MemoryWebhookQueries(self.store)
        self.sandbox_ledger = MemorySandboxLedger()

    def unit_of_work(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.store)

    async def ping(self) -> None:
        """Always succeed."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""
