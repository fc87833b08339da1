"""The export of all orders as CSV, one row per line."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from shop.application.framework.csv_text import Cell, csv_stream
from shop.application.ports.orders import AdminOrderQueries, ExportedOrder
from shop.domain.address import Address
from shop.domain.money import Currency

BATCH_SIZE: Final = 200
"""The number of orders read at a time: memory does not grow with the orders."""
_ADDRESS: Final = ("name", "company", "line 1", "line 2", "city", "region", "postal code", "country", "phone")
_EACH_ROW: Final = ("Order", "Placed at", "Status")
_FIRST_ROW: Final = (
    "Username",
    "Name",
    "Email",
    "Phone",
    "VAT ID",
    "Promo code",
    "Currency",
    "Subtotal",
    "Discount",
    "Shipping method",
    "Shipping",
    "Tax",
    "Total",
    "Refunded",
    *(f"Shipping {field}" for field in _ADDRESS),
    *(f"Billing {field}" for field in _ADDRESS),
)
_LINE: Final = (
    "Item ID",
    "Product ID",
    "SKU",
    "Item",
    "Options",
    "Quantity",
    "Unit price",
    "Line discount",
    "Line total",
    "Tax rate",
    "Line tax",
)
HEADER: Final = (*_EACH_ROW, *_FIRST_ROW, *_LINE)


class ExportOrders:
    """Staff with `orders:read`: all orders as CSV: one row per line, in order of ids.

    The order's amounts and addresses stand only in its first row, so that columns can be added up.
    """

    def __init__(self, queries: AdminOrderQueries, *, batch_size: int = BATCH_SIZE) -> None:
        self._queries = queries
        self._batch_size = batch_size

    def __call__(self) -> AsyncIterator[str]:
        """Return the file in parts."""
        return csv_stream(HEADER, self._batches())

    async def _batches(self) -> AsyncIterator[Iterable[list[Cell]]]:
        after = ""
        while orders := await self._queries.walk(after, self._batch_size):
            after = orders[-1].order.id
            yield [row for order in orders for row in _rows(order)]


def _rows(exported: ExportedOrder) -> Iterable[list[Cell]]:
    snapshot = exported.snapshot
    major = Currency(snapshot.currency).to_major
    in_each: list[Cell] = [snapshot.number, snapshot.created_at, exported.order.status.value]
    of_order = _cells_of_order(exported)
    for line in snapshot.lines:
        of_line: list[Cell] = [
            line.item_id,
            line.product_id,
            line.sku,
            line.name,
            ", ".join(f"{name}: {value}" for name, value in line.options),
            line.quantity,
            major(line.unit_price),
            major(line.discount),
            major(line.line_total),
            line.tax_rate,
            major(line.tax),
        ]
        yield [*in_each, *of_order, *of_line]
        of_order = [None] * len(_FIRST_ROW)


def _cells_of_order(exported: ExportedOrder) -> list[Cell]:
    snapshot, contact, shipping = exported.snapshot, exported.snapshot.contact, exported.snapshot.shipping
    major = Currency(snapshot.currency).to_major
    return [
        exported.username,
        contact.name,
        contact.email,
        contact.phone,
        contact.vat_id,
        snapshot.promo_code,
        snapshot.currency,
        major(snapshot.subtotal),
        major(snapshot.discount),
        None if shipping is None else shipping.name,
        None if shipping is None else major(shipping.price),
        major(snapshot.tax),
        major(snapshot.total),
        major(exported.order.refunded_total),
        *_address_cells(snapshot.shipping_address),
        *_address_cells(snapshot.billing_address or snapshot.shipping_address),
    ]


def _address_cells(address: Address) -> list[Cell]:
    return [
        address.name,
        address.company,
        address.line1,
        address.line2,
        address.city,
        address.region,
        address.postal_code,
        address.country,
        address.phone,
    ]
