"""Storage of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary, OrderSummary
from shop.domain.orders.access import OrderToken
from shop.domain.orders.note import OrderNote
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Payment
from shop.domain.payments.refund import Refund
from shop.domain.periods import ALWAYS, Span

ORDER_SEARCH_LIMIT: Final = 10_000
"""The maximum number of matches that a search for orders considers per kind: number, buyer, user."""


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """Everything that one order's page shows; `payment` is the last attempt's payment, `refunds` are by age."""

    snapshot: OrderSnapshot
    order: Order
    history: Sequence[StatusChange]
    payment: Payment | None
    refunds: Sequence[Refund] = ()
    username: str | None = None
    """The current username of the account that owns the order; None for a guest's."""


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """The shop's records of an order's money. `number` is the order number that people see."""

    number: str
    order: Order
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class ExportedOrder:
    """An order for the export of all orders. `username` is None for a guest."""

    snapshot: OrderSnapshot
    order: Order
    username: str | None


@dataclass(frozen=True, slots=True)
class OrdersQuery:
    """A filter over all orders: an order must match every given field. `username` is compared without case.

    `search` is a prefix of the order number, of the buyer's name (from any of its words on) or email address,
    or of the account's username, email address or display name. Case and accents don't matter.
    """

    page: int
    limit: int
    status: OrderStatus | None = None
    username: str | None = None
    placed: Span = ALWAYS
    search: str | None = None


class PendingWork(Enum):
    """Kinds of work that an interrupted chain of transactions and provider calls leaves pending."""

    EXPIRED = "unpaid after its term"
    """Payable and past its payment term; pending since the term ended."""
    CANCELLING = "being cancelled"
    """Pending since the cancellation began."""
    WITHOUT_PAYMENT = "without a payment"
    """Payable, with a total above 0 and no live payment; pending since the order was placed."""
    WITH_OPEN_PAYMENT = "with an open payment"
    """The current payment isn't final and the provider can be asked; pending since the provider's last statement."""
    WITH_PENDING_REFUNDS = "with pending refunds"
    """Pending since the oldest unsettled refund was created."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Orders with pending work of one kind."""

    orders: int
    oldest: datetime | None
    """Since when the oldest work has been pending; None if there is none."""


@runtime_checkable
class Orders(Protocol):
    """Orders. Snapshots are immutable; only an order's state, history and refunds change."""

    async def add(self, snapshot: OrderSnapshot, order: Order) -> None:
        """Store a new order. Four statements for any number of lines; one more if the buyer can be searched for."""

    async def lock(self, order_id: str) -> Order | None:
        """Return the order's state, *locked*; None if unknown. One statement."""

    async def save(self, order: Order) -> None:
        """Store the state of a locked order and append its `changes` to the history."""

    async def snapshot(self, order_id: str) -> OrderSnapshot | None:
        """Return the order snapshot; None if unknown."""

    async def owned_snapshot(self, order_id: str) -> tuple[OrderSnapshot, str | None] | None:
        """Return the order snapshot and the current username of its owner (None for a guest); None if unknown."""

    async def history(self, order_id: str) -> Sequence[StatusChange]:
        """Return the whole history, oldest first."""

    async def lease(self, order_ids: Sequence[str], *, at: datetime, until: datetime) -> list[str]:
        """Lease the given orders that are not leased at `at`, until `until`. Return their ids.

        Orders that another transaction has locked are skipped without waiting. Two statements.
        """

    async def release(self, order_id: str, until: datetime) -> None:
        """Set the end of the order's lease. Locks the order."""


class PostponedWork(Protocol):
    """Failed work by order and kind, and the time before which workers don't retry it."""

    async def failures(self, order_id: str, kind: PendingWork) -> int:
        """Return how many times in a row this kind of work has failed on a locked or released order."""

    async def postpone(self, order_id: str, kind: PendingWork, failures: int, until: datetime) -> None:
        """Postpone this kind of work on a locked or released order until the moment, and store its failure count.

        Other kinds of work on the order are not affected. 0 failures deletes the record.
        """

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` failures whose pause ended before the moment. Return the number deleted."""


class OrderTokens(Protocol):
    """Tokens of guests' orders, stored as digests."""

    async def add(self, token: OrderToken) -> None:
        """Store a new token of an order that was stored before, also in the same unit of work."""

    async def find(self, digest: bytes) -> OrderToken | None:
        """Return the token with this digest, regardless of its order's current owner; None if there is none."""

    async def replace(self, token_id: str, digest: bytes) -> None:
        """Replace the digest of the token with this id, if it still exists: the former token ends."""


@runtime_checkable
class OrderTokenQueries(Protocol):
    """Reads of order tokens outside a unit of work."""

    async def find(self, digest: bytes) -> OrderToken | None:
        """Return the token with this digest; None if there is none, or if its order belongs to an account."""


@runtime_checkable
class UnpaidGuestOrders(Protocol):
    """Digests of the network and email addresses that guests' unpaid orders came from."""

    async def count(self, address: bytes, email: bytes, at: datetime) -> int:
        """Return the number of payable guest orders from this network address or email address, whichever is larger.

        Waits for other units of work that count either of the two, and makes them wait until this one ends.
        """

    async def add(self, order_id: str, address: bytes, email: bytes) -> None:
        """Store the digests of a new order's network address and email address."""

    async def purge(self, limit: int) -> int:
        """Delete at most `limit` records of orders that can no longer be paid. Return the number deleted."""


@runtime_checkable
class OrderNotes(Protocol):
    """Order notes, which are immutable."""

    async def add(self, note: OrderNote) -> None:
        """Store a new note."""

    async def count(self, order_id: str) -> int:
        """Return the number of notes on the order."""

    async def of(self, order_id: str) -> Sequence[tuple[OrderNote, str]]:
        """Return the order's notes, the oldest first (ties by id), each with its author's current username."""


@runtime_checkable
class OrderQueries(Protocol):
    """Reads of orders outside a unit of work."""

    async def details(self, order_id: str) -> OrderDetails | None:
        """Return one order with everything that its page shows; None if unknown."""

    async def page(
        self, user_id: str, page: int, limit: int, status: OrderStatus | None
    ) -> Page[OrderSummary]:
        """Return one page of the user's orders, newest first (ties by id, descending), and their total number."""

    async def with_pending_work(
        self, kind: PendingWork, since: datetime, limit: int, *, at: datetime
    ) -> list[str]:
        """Return ids of orders whose work of this kind has been pending since the moment or longer, oldest first.

        Orders that are leased at `at`, or whose work of this kind is postponed beyond `at`, are left out.
        """

    async def backlog(self, kind: PendingWork, since: datetime, max_count: int) -> Backlog:
        """Count orders with work pending since the moment or longer, leased or not. The count stops at `max_count`."""

    async def books(self, start: datetime, end: datetime, after: str, limit: int) -> list[OrderBooks]:
        """Return the books of orders placed within [start, end) with ids above `after` ("" for the first), by id."""

    async def books_of(self, order_ids: Sequence[str]) -> list[OrderBooks]:
        """Return the books of these orders, sorted by id; unknown ids are skipped."""


@runtime_checkable
class AdminOrderQueries(Protocol):
    """Reads of all customers' orders."""

    async def page(self, query: OrdersQuery) -> Page[AdminOrderSummary]:
        """Return one page of the orders, newest first (ties by id, descending), and their total number.

        Two statements. The page reads an index only up to its last row; the count uses an index, too. A search reads
        index ranges: the first ORDER_SEARCH_LIMIT matches of each kind are considered, before the other filters.
        """

    async def walk(self, after: str, limit: int) -> list[ExportedOrder]:
        """Return the next orders with an id above `after` (`""`: the first), by id. Two statements."""
