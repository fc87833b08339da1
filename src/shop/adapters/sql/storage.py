"""The shop's whole storage, on MySQL or SQLite, and its unit of work."""

from functools import cached_property
from types import TracebackType
from typing import Self

from shop.adapters.sql.accounts.address_books import SqlAddressBookQueries, SqlAddressBooks
from shop.adapters.sql.accounts.api_keys import SqlApiKeyQueries, SqlApiKeys
from shop.adapters.sql.accounts.login_addresses import SqlLoginAddresses
from shop.adapters.sql.accounts.login_attempts import SqlLoginAttempts
from shop.adapters.sql.accounts.roles import SqlRoleQueries, SqlRoles
from shop.adapters.sql.accounts.second_factors import SqlSecondFactors
from shop.adapters.sql.accounts.user_queries import SqlUserQueries
from shop.adapters.sql.accounts.users import SqlSessions, SqlUsers
from shop.adapters.sql.audit.audit import SqlAuditQueries, SqlAuditTrail
from shop.adapters.sql.carts.carts import SqlCartQueries, SqlCarts
from shop.adapters.sql.catalogue.admin_queries import SqlAdminProductQueries
from shop.adapters.sql.catalogue.categories import KnownTree, SqlCategories, SqlCategoryQueries
from shop.adapters.sql.catalogue.changes import record_changes
from shop.adapters.sql.catalogue.imports import SqlImportQueries, SqlImports
from shop.adapters.sql.catalogue.pictures import SqlPictureQueries, SqlPictures
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.adapters.sql.catalogue.variants import SqlStock
from shop.adapters.sql.framework.database import Database, Transaction
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.rate_limits import SqlRateLimits
from shop.adapters.sql.framework.stored_settings import SqlStoredSettings
from shop.adapters.sql.framework.worker_tasks import SqlWorkerTasks
from shop.adapters.sql.idempotency import SqlIdempotencyKeys
from shop.adapters.sql.messages.messages import SqlMessageQueries, SqlMessages, SqlResetRequests
from shop.adapters.sql.orders.admin_queries import SqlAdminOrderQueries
from shop.adapters.sql.orders.notes import SqlOrderNotes
from shop.adapters.sql.orders.orders import SqlOrders
from shop.adapters.sql.orders.postponed_work import SqlPostponedWork
from shop.adapters.sql.orders.queries import SqlOrderQueries
from shop.adapters.sql.orders.tokens import SqlOrderTokenQueries, SqlOrderTokens
from shop.adapters.sql.orders.unpaid_guest_orders import SqlUnpaidGuestOrders
from shop.adapters.sql.outbox.events import SqlEventQueries, SqlEvents
from shop.adapters.sql.outbox.webhooks import SqlDeliveries, SqlWebhookQueries, SqlWebhooks
from shop.adapters.sql.payments.payments import SqlPayments
from shop.adapters.sql.payments.refund_queries import SqlRefundQueries
from shop.adapters.sql.payments.sandbox import SqlSandboxLedger
from shop.adapters.sql.pricing.selling_rules import SqlSellingRules, SqlSellingRulesQueries
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodeQueries, SqlPromoCodes
from shop.adapters.sql.statistics.figures import SqlFigures
from shop.adapters.sql.statistics.queries import SqlStatisticsQueries
from shop.adapters.sql.statistics.sales import SqlSalesLedger


class SqlUnitOfWork:
    """See the port. One connection, one transaction; database errors are translated once, on exit."""

    users = cached_property(lambda work: SqlUsers(work.source))
    roles = cached_property(lambda work: SqlRoles(work.source))
    api_keys = cached_property(lambda work: SqlApiKeys(work.source))
    sessions = cached_property(lambda work: SqlSessions(work.source))
    login_attempts = cached_property(lambda work: SqlLoginAttempts(work.source))
    login_addresses = cached_property(lambda work: SqlLoginAddresses(work.source))
    second_factors = cached_property(lambda work: SqlSecondFactors(work.source))
    address_books = cached_property(lambda work: SqlAddressBooks(work.source))
    pictures = cached_property(lambda work: SqlPictures(work.source))
    imports = cached_property(lambda work: SqlImports(work.source))
    stock = cached_property(lambda work: SqlStock(work.source))
    carts = cached_property(lambda work: SqlCarts(work.source))
    promo_codes = cached_property(lambda work: SqlPromoCodes(work.source))
    selling_rules = cached_property(lambda work: SqlSellingRules(work.source))
    orders = cached_property(lambda work: SqlOrders(work.source))
    order_notes = cached_property(lambda work: SqlOrderNotes(work.source))
    order_tokens = cached_property(lambda work: SqlOrderTokens(work.source))
    unpaid_guest_orders = cached_property(lambda work: SqlUnpaidGuestOrders(work.source))
    postponed_work = cached_property(lambda work: SqlPostponedWork(work.source))
    payments = cached_property(lambda work: SqlPayments(work.source))
    messages = cached_property(lambda work: SqlMessages(work.source))
    reset_requests = cached_property(lambda work: SqlResetRequests(work.source))
    sales = cached_property(lambda work: SqlSalesLedger(work.source))
    rate_limits = cached_property(lambda work: SqlRateLimits(work.source))
    idempotency_keys = cached_property(lambda work: SqlIdempotencyKeys(work.source))
    audit = cached_property(lambda work: SqlAuditTrail(work.source))
    events = cached_property(lambda work: SqlEvents(work.source))
    webhooks = cached_property(lambda work: SqlWebhooks(work.source))
    deliveries = cached_property(lambda work: SqlDeliveries(work.source))
    worker_tasks = cached_property(lambda work: SqlWorkerTasks(work.source))
    stored_settings = cached_property(lambda work: SqlStoredSettings(work.source))

    source: DirectConnection
    """The connection on which everything in this unit of work reads and writes."""

    def __init__(self, database: Database, known_tree: KnownTree) -> None:
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


class SqlStorage:
    """The unit of work and the query ports over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._known_tree = KnownTree()
        self.users = SqlUserQueries(database)
        self.address_books = SqlAddressBookQueries(database)
        self.roles = SqlRoleQueries(database)
        self.api_keys = SqlApiKeyQueries(database)
        self.catalogue = SqlCatalogueQueries(database)
        self.pictures = SqlPictureQueries(database)
        self.imports = SqlImportQueries(database)
        self.categories = SqlCategoryQueries(database)
        self.carts = SqlCartQueries(database)
        self.promo_codes = SqlPromoCodeQueries(database)
        self.selling_rules = SqlSellingRulesQueries(database)
        self.orders = SqlOrderQueries(database)
        self.order_tokens = SqlOrderTokenQueries(database)
        self.statistics = SqlStatisticsQueries(database)
        self.figures = SqlFigures(database)
        self.admin_orders = SqlAdminOrderQueries(database)
        self.admin_products = SqlAdminProductQueries(database)
        self.refunds = SqlRefundQueries(database)
        self.audit = SqlAuditQueries(database)
        self.messages = SqlMessageQueries(database)
        self.events = SqlEventQueries(database)
        self.webhooks = SqlWebhookQueries(database)
        self.sandbox_ledger = SqlSandboxLedger(database)

    def unit_of_work(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.database, self._known_tree)

    async def ping(self) -> None:
        """Raise Unavailable unless the database answers and is writable."""
        await self.database.ping()

    async def close(self) -> None:
        """Close every connection."""
        await self.catalogue.close()
        await self.database.dispose()
