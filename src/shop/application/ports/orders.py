"""Where orders are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary, OrderSummary
from shop.domain.orders.note import OrderNote
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import Ledger, Payment
from shop.domain.statistics.periods import ALWAYS, Span


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """Everything one order's page shows; `payment` is that of the last attempt."""

    snapshot: OrderSnapshot
    order: Order
    history: Sequence[StatusChange]
    payment: Payment | None


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """What the shop has written down of an order's money. `number` is the order's name for people."""

    number: str
    order: Order
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class OrdersQuery:
    """Which of everybody's orders: those that fulfil all that is given. `username` compares without case."""

    page: int
    limit: int
    status: OrderStatus | None = None
    username: str | None = None
    placed: Span = ALWAYS


class Unfinished(Enum):
    """What a chain of transactions and provider calls may leave undone, and since when it is."""

    EXPIRED = "unpaid after its term"
    """Payable, and its term over: since then."""
    CANCELLING = "being cancelled"
    """Since the cancellation began."""
    WITHOUT_PAYMENT = "without a payment"
    """Payable, something to pay, and no live payment: since it was placed."""
    WITH_OPEN_PAYMENT = "with an open payment"
    """Its present payment isn't final, and the provider can be asked: since the provider was last heard of it."""
    WITH_PENDING_REFUNDS = "with pending refunds"
    """Since the oldest refund without a verdict was made."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Orders with unfinished business of one kind."""

    orders: int
    oldest: datetime | None
    """Since when the first of them waits; None if there is none."""


@runtime_checkable
class Orders(Protocol):
    """Snapshots are written once; only the order's progress, its history and its refunds move."""

    async def add(self, snapshot: OrderSnapshot, order: Order) -> None:
        """Store a new order: four statements, whatever the number of lines."""

    async def lock(self, order_id: str) -> Order | None:
        """The order's progress, locked; None if unknown. One statement."""

    async def save(self, order: Order) -> None:
        """Store the progress of a locked order and append its `changes` to the history."""

    async def snapshot(self, order_id: str) -> OrderSnapshot | None:
        """What was agreed, or None if unknown."""

    async def history(self, order_id: str) -> Sequence[StatusChange]:
        """The whole history, oldest first."""

    async def lease(self, order_ids: Sequence[str], *, at: datetime, until: datetime) -> list[str]:
        """Those of the orders that nobody has leased at this moment: nobody else's from now on, until the lease ends.

        Orders that another transaction is just leasing or moving are left out, and not waited for. Two statements.
        """

    async def release(self, order_id: str, until: datetime) -> None:
        """Let the order's lease end at another moment. Locks the order."""


class PostponedWork(Protocol):
    """Which kinds of work on which orders have failed, and until when workers leave each alone."""

    async def failures(self, order_id: str, kind: Unfinished) -> int:
        """Return how many times in a row this kind of work has failed on a locked or released order."""

    async def postpone(self, order_id: str, kind: Unfinished, failures: int, until: datetime) -> None:
        """Leave this kind of work on a locked or released order alone until the moment, and store its failures.

        Other kinds of work on the order are not affected. 0 failures: forget that any of it failed.
        """

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` failures whose pause ended before the moment. Return the number deleted."""


class OrderNotes(Protocol):
    """Notes are written once and never changed."""

    async def add(self, note: OrderNote) -> None:
        """Store a new note."""

    async def count(self, order_id: str) -> int:
        """Return how many notes the order has."""

    async def of(self, order_id: str) -> Sequence[tuple[OrderNote, str]]:
        """Return the order's notes, the oldest first (ties by id), each with its author's present username."""


@runtime_checkable
class OrderQueries(Protocol):
    """Reads of orders outside a unit of work."""

    async def details(self, order_id: str) -> OrderDetails | None:
        """One order with everything that its page shows, or None if unknown."""

    async def page(
        self, user_id: str, page: int, limit: int, status: OrderStatus | None
    ) -> Page[OrderSummary]:
        """The user's orders, newest first (ties by id, descending), and their number."""

    async def unfinished(
        self, business: Unfinished, since: datetime, limit: int, *, at: datetime
    ) -> list[str]:
        """Ids of orders with such unfinished business since the moment or longer, the oldest first.

        Orders that are leased at `at`, or whose business of this kind is postponed beyond it, are left out.
        """

    async def backlog(self, business: Unfinished, since: datetime, most: int) -> Backlog:
        """How much such business there is since the moment or longer, whatever its leases, counted up to `most`."""

    async def books(self, start: datetime, end: datetime, after: str, limit: int) -> list[OrderBooks]:
        """The books of orders placed within [start, end) whose id comes after this one ("" for the first), by id."""

    async def books_of(self, order_ids: Sequence[str]) -> list[OrderBooks]:
        """The books of those of the orders that there are, by id."""


@runtime_checkable
class AdminOrderQueries(Protocol):
    """Reads of everybody's orders."""

    async def page(self, query: OrdersQuery) -> Page[AdminOrderSummary]:
        """One page of the orders, newest first (ties by id, descending), and their number.

        Two statements. The page walks an index no further than to its end; the number is counted in an index.
        """
