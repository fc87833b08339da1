"""The shop's whole storage, in this process."""

from shop.adapters.memory import idempotency
from shop.adapters.memory.accounts import api_keys, roles
from shop.adapters.memory.accounts import users as accounts
from shop.adapters.memory.accounts.address_books import MemoryAddressBookQueries
from shop.adapters.memory.accounts.api_keys import MemoryApiKeyQueries
from shop.adapters.memory.accounts.roles import MemoryRoleQueries
from shop.adapters.memory.accounts.users import MemoryUserQueries
from shop.adapters.memory.audit import audit
from shop.adapters.memory.audit.audit import MemoryAuditQueries
from shop.adapters.memory.carts import carts
from shop.adapters.memory.carts.carts import MemoryCartQueries
from shop.adapters.memory.catalogue import categories, pictures, products
from shop.adapters.memory.catalogue.admin_queries import MemoryAdminProductQueries
from shop.adapters.memory.catalogue.categories import MemoryCategoryQueries
from shop.adapters.memory.catalogue.imports import MemoryImportQueries
from shop.adapters.memory.catalogue.pictures import MemoryPictureQueries
from shop.adapters.memory.catalogue.queries import MemoryCatalogueQueries
from shop.adapters.memory.framework import worker_tasks
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.messages import messages
from shop.adapters.memory.messages.messages import MemoryMessageQueries
from shop.adapters.memory.orders import orders
from shop.adapters.memory.orders import tokens as order_tokens
from shop.adapters.memory.orders.admin_queries import MemoryAdminOrderQueries
from shop.adapters.memory.orders.orders import MemoryOrderQueries
from shop.adapters.memory.orders.tokens import MemoryOrderTokenQueries
from shop.adapters.memory.outbox import events
from shop.adapters.memory.outbox.events import MemoryEventQueries
from shop.adapters.memory.outbox.webhooks import MemoryWebhookQueries
from shop.adapters.memory.payments import payments
from shop.adapters.memory.payments.refund_queries import MemoryRefundQueries
from shop.adapters.memory.pricing import selling_rules
from shop.adapters.memory.pricing.selling_rules import MemorySellingRulesQueries
from shop.adapters.memory.promotions import promo_codes
from shop.adapters.memory.promotions.promo_codes import MemoryPromoCodeQueries
from shop.adapters.memory.statistics import sales
from shop.adapters.memory.statistics.queries import MemoryFigures, MemoryStatisticsQueries
from shop.adapters.memory.unit_of_work import MemoryUnitOfWork
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger


class MemoryStorage:
    """The unit of work and the query ports over one store."""

    def __init__(self) -> None:
        modules = (
            accounts,
            api_keys,
            audit,
            carts,
            categories,
            events,
            idempotency,
            messages,
            order_tokens,
            orders,
            payments,
            pictures,
            products,
            promo_codes,
            roles,
            sales,
            selling_rules,
            worker_tasks,
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
