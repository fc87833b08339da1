"""Where it is written down what was sold and what came back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.orders.snapshot import OrderSnapshot


@runtime_checkable
class SalesLedger(Protocol):
    """A ledger that only grows: every figure of the shop is a sum over it.

    Written in the unit of work of what it records. Rows are inserted, never updated, and no row that others want
    is touched.
    """

    async def record_sale(self, snapshot: OrderSnapshot, at: datetime) -> None:
        """The order was paid; once an order. One statement, whatever the number of lines."""

    async def record_refund(
        self,
        order_id: str,
        refund_id: str,
        amount: int,
        at: datetime,
        prices: Mapping[str, int] | None = None,
    ) -> None:
        """`amount` (minor units) of what was paid for the order went back: spread over its lines. Two statements.

        `prices` are those of the items that it went back for, by line: those lines bear it first.

        The order must be *locked*, and no more may go back than was paid. Without a recorded sale, nothing is
        recorded: the money came after the order was cancelled.
        """

    async def record_failed_refund(self, order_id: str, refund_id: str, at: datetime) -> None:
        """A recorded refund failed after all: its shares are taken back. The order must be *locked*."""

    async def record_dispute(self, order_id: str, amount: int, at: datetime) -> None:
        """`amount` of what was paid for the order was lost to the customer's bank; below 0, it came back from there.

        Spread over the lines, as a refund is. The order must be *locked*; without a recorded sale, nothing is
        recorded.
        """
