"""Transactions: the unit of work and its errors."""

from types import TracebackType
from typing import ClassVar, Protocol, Self, runtime_checkable

from shop.application.ports.accounts import AddressBooks, ApiKeys, Roles, Users
from shop.application.ports.audit import AuditTrail
from shop.application.ports.carts import Carts
from shop.application.ports.catalogue import Products, Stock
from shop.application.ports.categories import Categories
from shop.application.ports.idempotency import IdempotencyKeys
from shop.application.ports.imports import Imports
from shop.application.ports.logins import LoginAddresses, LoginAttempts, SecondFactors, Sessions
from shop.application.ports.media import Pictures
from shop.application.ports.messages import Messages, ResetRequests
from shop.application.ports.orders import (
    OrderNotes,
    Orders,
    OrderTokens,
    PostponedWork,
    UnpaidGuestOrders,
)
from shop.application.ports.outbox import Deliveries, Events, Webhooks
from shop.application.ports.payments import Payments
from shop.application.ports.pricing import SellingRulesStore
from shop.application.ports.promotions import PromoCodes
from shop.application.ports.statistics import SalesLedger
from shop.application.ports.system import RateLimits, StoredSettings, WorkerTasks
from shop.domain.errors import Unavailable


class TransactionConflict(Exception):
    """A conflict with another transaction (deadlock, lock timeout, conflict at commit).

    Everything was rolled back; retrying the same unit of work is safe and may succeed.
    """


class LockTimeout(TransactionConflict):
    """Another transaction held a lock for longer than the lock timeout; a retry may wait as long again."""


class CommitOutcomeUnknown(Unavailable):
    """The connection was lost during commit: the work may or may not be committed. Read the state to find out."""

    code: ClassVar[str] = "OUTCOME_UNKNOWN"


@runtime_checkable
class UnitOfWork(Protocol):
    """One transaction over everything the shop stores.

    `async with unit_of_work() as work:` — a normal exit commits; an exception rolls back and propagates. The exit
    raises TransactionConflict on a conflict with another transaction, CommitOutcomeUnknown when the response to
    the commit was lost, Unavailable when the database can't be reached, and the domain error (UsernameTaken,
    SkuTaken, …) that corresponds to a violated constraint. Not reusable; not safe for concurrent tasks.

    Plain reads see committed state and this unit's own writes. Rows that a method's docstring calls *locked* can't be
    changed by another unit of work until this one ends.
    """

    @property
    def users(self) -> Users: ...

    @property
    def roles(self) -> Roles: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def login_attempts(self) -> LoginAttempts: ...

    @property
    def login_addresses(self) -> LoginAddresses: ...

    @property
    def second_factors(self) -> SecondFactors: ...

    @property
    def address_books(self) -> AddressBooks: ...

    @property
    def products(self) -> Products: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def stock(self) -> Stock: ...

    @property
    def pictures(self) -> Pictures: ...

    @property
    def imports(self) -> Imports: ...

    @property
    def carts(self) -> Carts: ...

    @property
    def promo_codes(self) -> PromoCodes: ...

    @property
    def selling_rules(self) -> SellingRulesStore: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def order_notes(self) -> OrderNotes: ...

    @property
    def order_tokens(self) -> OrderTokens: ...

    @property
    def unpaid_guest_orders(self) -> UnpaidGuestOrders: ...

    @property
    def postponed_work(self) -> PostponedWork: ...

    @property
    def payments(self) -> Payments: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def reset_requests(self) -> ResetRequests: ...

    @property
    def sales(self) -> SalesLedger: ...

    @property
    def rate_limits(self) -> RateLimits: ...

    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def events(self) -> Events: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def worker_tasks(self) -> WorkerTasks: ...

    @property
    def stored_settings(self) -> StoredSettings: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class UnitOfWorkFactory(Protocol):
    """Makes a fresh unit of work for each transaction."""

    def __call__(self) -> UnitOfWork: ...
