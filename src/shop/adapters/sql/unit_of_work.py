"""The unit of work on MySQL and SQLite."""

from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shop.adapters.sql.accounts.address_books import SqlAddressBooks
from shop.adapters.sql.accounts.login_addresses import SqlLoginAddresses
from shop.adapters.sql.accounts.login_attempts import SqlLoginAttempts
from shop.adapters.sql.accounts.users import SqlSessions, SqlUsers
from shop.adapters.sql.audit.audit import SqlAuditTrail
from shop.adapters.sql.carts.carts import SqlCarts
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.catalogue.stock import SqlStock
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import translated
from shop.adapters.sql.framework.idempotency import SqlIdempotencyKeys
from shop.adapters.sql.framework.worker_tasks import SqlWorkerTasks
from shop.adapters.sql.orders.orders import SqlOrders
from shop.adapters.sql.payments.payments import SqlPayments
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodes
from shop.adapters.sql.statistics.sales import SqlSalesLedger
from shop.application.ports.unit_of_work import CommitOutcomeUnknown
from shop.domain.errors import Unavailable


class SqlUnitOfWork:
    """See the port. One connection, one transaction; all reading of database errors happens on the way out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Self:
        if self._database.is_sqlite:
            await self._database.writer_lock.acquire()
        try:
            self._connection = await self._database.writes.connect().start()
            await self._begin()
        except BaseException as error:
            self._let_go()
            if isinstance(error, PoolTimeout):
                raise Unavailable("The database is too busy; try again.", retry_after=1) from error
            if isinstance(error, DBAPIError):
                raise translated(error) from error
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self._commit()
            else:
                await self._roll_back()
        finally:
            try:
                await self._connection.close()
            finally:
                self._let_go()
        if isinstance(error, DBAPIError):
            raise translated(error) from error

    async def _begin(self) -> None:
        try:
            await self._connection.begin()
        except BaseException:
            await self._connection.close()
            raise
        self._bind(self._database.direct(self._connection))

    async def _commit(self) -> None:
        try:
            await self._connection.commit()
        except DBAPIError as error:
            meaning = translated(error)
            if isinstance(meaning, Unavailable):
                raise CommitOutcomeUnknown("The database went away while saving.", retry_after=1) from error
            await self._roll_back()
            raise meaning from error

    async def _roll_back(self) -> None:
        # A broken connection has nothing left to roll back, and the first error is the one to tell of. Any other
        # failure leaves the connection in doubt: it must not return to the pool.
        try:
            await self._connection.rollback()
        except DBAPIError:
            await self._connection.invalidate()

    def _let_go(self) -> None:
        if self._database.is_sqlite:
            self._database.writer_lock.release()

    def _bind(self, connection: DirectConnection) -> None:
        self.users = SqlUsers(connection)
        self.sessions = SqlSessions(connection)
        self.login_attempts = SqlLoginAttempts(connection)
        self.login_addresses = SqlLoginAddresses(connection)
        self.address_books = SqlAddressBooks(connection)
        self.products = SqlProducts(connection)
        self.stock = SqlStock(connection)
        self.carts = SqlCarts(connection)
        self.promo_codes = SqlPromoCodes(connection)
        self.orders = SqlOrders(connection)
        self.payments = SqlPayments(connection)
        self.sales = SqlSalesLedger(connection)
        self.idempotency_keys = SqlIdempotencyKeys(connection)
        self.audit = SqlAuditTrail(connection)
        self.worker_tasks = SqlWorkerTasks(connection)
