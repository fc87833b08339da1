"""Where it is written down what was sold and what came back."""

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

    async def record_refund(self, order_id: str, refund_id: str, amount: int, at: datetime) -> None:
        """`amount` (minor units) of what was paid for the order went back: spread over its lines. Two statements.

        The order must be *locked*, its sale recorded, and no more may go back than was paid.
        """
