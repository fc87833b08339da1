"""The unit of work on MySQL and SQLite."""

from functools import cached_property
from types import TracebackType
from typing import Self

from shop.adapters.on_first_use import OnFirstUse
from shop.adapters.sql.accounts.address_books import SqlAddressBooks
from shop.adapters.sql.accounts.api_keys import SqlApiKeys
from shop.adapters.sql.accounts.login_addresses import SqlLoginAddresses
from shop.adapters.sql.accounts.login_attempts import SqlLoginAttempts
from shop.adapters.sql.accounts.roles import SqlRoles
from shop.adapters.sql.accounts.second_factors import SqlSecondFactors
from shop.adapters.sql.accounts.users import SqlSessions, SqlUsers
from shop.adapters.sql.audit.audit import SqlAuditTrail
from shop.adapters.sql.carts.carts import SqlCarts
from shop.adapters.sql.catalogue.categories import KnownTree, SqlCategories
from shop.adapters.sql.catalogue.changes import record_changes
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

    users = OnFirstUse(SqlUsers)
    roles = OnFirstUse(SqlRoles)
    api_keys = OnFirstUse(SqlApiKeys)
    sessions = OnFirstUse(SqlSessions)
    login_attempts = OnFirstUse(SqlLoginAttempts)
    login_addresses = OnFirstUse(SqlLoginAddresses)
    second_factors = OnFirstUse(SqlSecondFactors)
    address_books = OnFirstUse(SqlAddressBooks)
    pictures = OnFirstUse(SqlPictures)
    imports = OnFirstUse(SqlImports)
    stock = OnFirstUse(SqlStock)
    carts = OnFirstUse(SqlCarts)
    promo_codes = OnFirstUse(SqlPromoCodes)
    selling_rules = OnFirstUse(SqlSellingRules)
    orders = OnFirstUse(SqlOrders)
    order_notes = OnFirstUse(SqlOrderNotes)
    order_tokens = OnFirstUse(SqlOrderTokens)
    unpaid_guest_orders = OnFirstUse(SqlUnpaidGuestOrders)
    postponed_work = OnFirstUse(SqlPostponedWork)
    payments = OnFirstUse(SqlPayments)
    messages = OnFirstUse(SqlMessages)
    reset_requests = OnFirstUse(SqlResetRequests)
    sales = OnFirstUse(SqlSalesLedger)
    rate_limits = OnFirstUse(SqlRateLimits)
    idempotency_keys = OnFirstUse(SqlIdempotencyKeys)
    audit = OnFirstUse(SqlAuditTrail)
    events = OnFirstUse(SqlEvents)
    webhooks = OnFirstUse(SqlWebhooks)
    deliveries = OnFirstUse(SqlDeliveries)
    worker_tasks = OnFirstUse(SqlWorkerTasks)
    stored_settings = OnFirstUse(SqlStoredSettings)

    source: DirectConnection

    def __init__(self, database: Database, known_tree: KnownTree | None = None) -> None:
        self._transaction = Transaction(database)
        self._known_tree = known_tree
        self._changed_products: set[str] = set()
        """The products whose listings the transaction changes."""

    async def __aenter__(self) -> Self:
        self.source = (await self._transaction.begin()).connection
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._changed_products:
            try:
                await record_changes(self.source, self._changed_products)
            except BaseException as failure:
                await self._transaction.end(failure)
                raise
        await self._transaction.end(error)

    @cached_property
    def categories(self) -> SqlCategories:
        return SqlCategories(self.source, self._changed_products, self._known_tree)

    @cached_property
    def products(self) -> SqlProducts:
        return SqlProducts(self.source, self.categories, self._changed_products)
