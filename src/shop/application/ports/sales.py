"""The ledger of sales and refunds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.orders.snapshot import OrderSnapshot


@runtime_checkable
class SalesLedger(Protocol):
    """An append-only ledger: every sales figure of the shop is a sum over it.

    Entries are written in the unit of work that makes the recorded change. Rows are inserted, and updated only when an
    account claims a guest's order, so writers don't contend for locks.
    """

    async def record_sale(self, snapshot: OrderSnapshot, at: datetime) -> None:
        """Record that the order was paid. Call once per order. One statement for any number of lines."""

    async def give_to(self, order_id: str, user_id: str) -> None:
        """Count the order's entries for this account. The order must be *locked*."""

    async def record_refund(
        self,
        order_id: str,
        refund_id: str,
        amount: int,
        at: datetime,
        prices: Mapping[str, int] | None = None,
    ) -> int:
        """Record a refund of `amount` (minor units), spread over the order's lines and shipping. Return its tax.

        Two statements. `prices` maps lines to the prices of the refunded items, with tax: those lines are charged
        first.

        The order must be *locked*, and refunds must not exceed what was paid. Without a recorded sale, nothing is
        recorded: the payment arrived after the order was cancelled.
        """

    async def tax_of_refund(self, order_id: str, amount: int, prices: Mapping[str, int] | None = None) -> int:
        """Return the tax that `record_refund` would return now; 0 without a recorded sale. One statement."""

    async def record_failed_refund(self, order_id: str, refund_id: str, at: datetime) -> None:
        """Reverse the shares of a recorded refund that failed later. The order must be *locked*."""

    async def record_dispute(self, order_id: str, amount: int, at: datetime) -> None:
        """Record `amount` lost to the customer's bank in a dispute; a negative amount was returned by the bank.

        It is spread over the lines like a refund. The order must be *locked*; without a recorded sale, nothing is
        recorded.
        """
