"""The shop's whole storage, on MySQL or SQLite."""

from shop.adapters.sql.accounts.address_books import SqlAddressBookQueries
from shop.adapters.sql.accounts.api_keys import SqlApiKeyQueries
from shop.adapters.sql.accounts.roles import SqlRoleQueries
from shop.adapters.sql.accounts.user_queries import SqlUserQueries
from shop.adapters.sql.audit.audit import SqlAuditQueries
from shop.adapters.sql.carts.carts import SqlCartQueries
from shop.adapters.sql.catalogue.admin_queries import SqlAdminProductQueries
from shop.adapters.sql.catalogue.categories import KnownTree, SqlCategoryQueries
from shop.adapters.sql.catalogue.imports import SqlImportQueries
from shop.adapters.sql.catalogue.pictures import SqlPictureQueries
from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.messages.messages import SqlMessageQueries
from shop.adapters.sql.orders.admin_queries import SqlAdminOrderQueries
from shop.adapters.sql.orders.queries import SqlOrderQueries
from shop.adapters.sql.orders.tokens import SqlOrderTokenQueries
from shop.adapters.sql.outbox.events import SqlEventQueries
from shop.adapters.sql.outbox.webhooks import SqlWebhookQueries
from shop.adapters.sql.payments.refund_queries import SqlRefundQueries
from shop.adapters.sql.payments.sandbox import SqlSandboxLedger
from shop.adapters.sql.pricing.selling_rules import SqlSellingRulesQueries
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodeQueries
from shop.adapters.sql.statistics.figures import SqlFigures
from shop.adapters.sql.statistics.queries import SqlStatisticsQueries
from shop.adapters.sql.unit_of_work import SqlUnitOfWork


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
        """Raise Unavailable unless the database answers."""
        await self.database.ping()

    async def close(self) -> None:
        """Close every connection."""
        await self.catalogue.close()
        await self.database.dispose()
