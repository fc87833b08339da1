"""`python -m bench.without_events …`: the command `shop`, but orders store no events. For measurements alone."""

from typing import Any

from shop.application.orders.order_view import RecordOrderEvents
from shop.entrypoints.cli import main


async def store_nothing(*_: Any) -> None:
    """Replace the methods that store events."""


for method in ("placed", "stock_changed", "changed"):
    setattr(RecordOrderEvents, method, store_nothing)
main(prog_name="shop")
