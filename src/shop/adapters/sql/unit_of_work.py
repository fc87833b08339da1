"""The unit of work on MySQL and SQLite."""

from types import TracebackType
from typing import Self

from shop.adapters.sql.accounts.address_books import SqlAddressBooks
from shop.adapters.sql.accounts.api_keys import SqlApiKeys
from shop.adapters.sql.accounts.login_addresses import SqlLoginAddresses
from shop.adapters.sql.accounts.login_attempts import SqlLoginAttempts
from shop.adapters.sql.accounts.roles import SqlRoles
from shop.adapters.sql.accounts.second_factors import SqlSecondFactors
from shop.adapters.sql.accounts.users import SqlSessions, SqlUsers
from shop.adapters.sql.audit.audit import SqlAuditTrail
from shop.adapters.sql.carts.carts import SqlCarts
from shop.adapters.sql.catalogue.categories import SqlCategories
from shop.adapters.sql.catalogue.changes import ChangedProducts
from shop.adapters.sql.catalogue.imports import SqlImports
from shop.adapters.sql.catalogue.pictures import SqlPictures
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.catalogue.stock import SqlStock
from shop.adapters.sql.framework.database import Database, Transaction
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.rate_limits import SqlRateLimits
from shop.adapters.sql.framework.stored_settings import SqlStoredSettings
from shop.adapters.sql.framework.worker_tasks import SqlWorkerTasks
from shop.adapters.sql.idempotency import SqlIdempotencyKeys
from shop.adapters.sql.messages.messages import SqlMessages, SqlResetRequests
from shop.adapters.sql.orders.notes import SqlOrderNotes
from shop.adapters.sql.orders.orders import SqlOrders
from shop.adapters.sql.orders.postponed_work import SqlPostponedWork
from shop.adapters.sql.orders.tokens import SqlOrderTokens
from shop.adapters.sql.orders.unpaid_guest_orders import SqlUnpaidGuestOrders
from shop.adapters.sql.outbox.events import SqlEvents
from shop.adapters.sql.outbox.webhooks import SqlDeliveries, SqlWebhooks
from shop.adapters.sql.payments.payments import SqlPayments
from shop.adapters.sql.pricing.selling_rules import SqlSellingRules
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodes
from shop.adapters.sql.statistics.sales import SqlSalesLedger


class SqlUnitOfWork:
    """See the port. One connection, one transaction; database errors are translated once, on exit."""

    def __init__(self, database: Database) -> None:
        self._transaction = Transaction(database)

    async def __aenter__(self) -> Self:
        await self._transaction.begin()
        self._bind(self._transaction.connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                await self._changed_products.record()
            except BaseException as failure:
                await self._transaction.end(failure)
                raise
        await self._transaction.end(error)

    def _bind(self, connection: DirectConnection) -> None:
        self.users = SqlUsers(connection)
        self.roles = SqlRoles(connection)
        self.api_keys = SqlApiKeys(connection)
        self.sessions = SqlSessions(connection)
        self.login_attempts = SqlLoginAttempts(connection)
        self.login_addresses = SqlLoginAddresses(connection)
        self.second_factors = SqlSecondFactors(connection)
        self.address_books = SqlAddressBooks(connection)
        self.pictures = SqlPictures(connection)
        self.imports = SqlImports(connection)
        self._changed_products = ChangedProducts(connection)
        self.categories = SqlCategories(connection, self._changed_products)
        self.products = SqlProducts(connection, self.categories, self._changed_products)
        self.stock = SqlStock(connection)
        self.carts = SqlCarts(connection)
        self.promo_codes = SqlPromoCodes(connection)
        self.selling_rules = SqlSellingRules(connection)
        self.orders = SqlOrders(connection)
        self.order_notes = SqlOrderNotes(connection)
        self.order_tokens = SqlOrderTokens(connection)
        self.unpaid_guest_orders = SqlUnpaidGuestOrders(connection)
        self.postponed_work = SqlPostponedWork(connection)
        self.payments = SqlPayments(connection)
        self.messages = SqlMessages(connection)
        self.reset_requests = SqlResetRequests(connection)
        self.sales = SqlSalesLedger(connection)
        self.rate_limits = SqlRateLimits(connection)
        self.idempotency_keys = SqlIdempotencyKeys(connection)
        self.audit = SqlAuditTrail(connection)
        self.events = SqlEvents(connection)
        self.webhooks = SqlWebhooks(connection)
        self.deliveries = SqlDeliveries(connection)
        self.worker_tasks = SqlWorkerTasks(connection)
        self.stored_settings = SqlStoredSettings(connection)
