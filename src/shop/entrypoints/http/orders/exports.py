"""`/api/admin/exports/orders.csv`"""

from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.response import Stream

from shop.application.orders.exporting import ExportOrders
from shop.domain.accounts.permissions import Permission
from shop.entrypoints.http.framework.csv_files import CSV, Marked, csv_file


class OrdersExportController(Controller):
    path = "/api/admin/exports/orders.csv"
    tags = ("Administration",)

    @get(
        policy=Permission.ORDERS_READ,
        media_type=CSV,
        response_example="Order,Placed at,Status,Total\r\n7K3Q-M9XH-TD2P,2026-01-05T09:00:00Z,paid,25.00\r\n",
    )
    async def export_orders(
        self, export_orders: NamedDependency[ExportOrders], bom: Marked = False
    ) -> Stream:
        return csv_file("orders.csv", export_orders(), bom=bom)
