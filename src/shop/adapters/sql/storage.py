"""Everything the shop keeps, on MySQL or SQLite."""

from shop.adapters.sql.admin_order_queries import SqlAdminOrderQueries
from shop.adapters.sql.admin_product_queries import SqlAdminProductQueries
from shop.adapters.sql.audit import SqlAuditQueries
from shop.adapters.sql.carts import SqlCartQueries
from shop.adapters.sql.catalogue_queries import SqlCatalogueQueries
from shop.adapters.sql.database import Database
from shop.adapters.sql.figures import SqlFigures
from shop.adapters.sql.order_queries import SqlOrderQueries
from shop.adapters.sql.promo_codes import SqlPromoCodeQueries
from shop.adapters.sql.refund_queries import SqlRefundQueries
from shop.adapters.sql.sandbox import SqlSandboxLedger
from shop.adapters.sql.statistics import SqlStatisticsQueries
from shop.adapters.sql.unit_of_work import SqlUnitOfWork
from shop.adapters.sql.user_queries import SqlUserQueries


class SqlStorage:
    """The unit of work and the query ports over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = SqlUserQueries(database)
        self.catalogue = SqlCatalogueQueries(database)
        self.carts = SqlCartQueries(database)
        self.promo_codes = SqlPromoCodeQueries(database)
        self.orders = SqlOrderQueries(database)
        self.statistics = SqlStatisticsQueries(database)
        self.figures = SqlFigures(database)
        self.admin_orders = SqlAdminOrderQueries(database)
        self.admin_products = SqlAdminProductQueries(database)
        self.refunds = SqlRefundQueries(database)
        self.audit = SqlAuditQueries(database)
        self.sandbox_ledger = SqlSandboxLedger(database)

    def unit_of_work(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self.database)

    async def ping(self) -> None:
        """Raises Unavailable unless the database answers."""
        await self.database.ping()

    async def close(self) -> None:
        """Close every connection."""
        await self.database.dispose()
