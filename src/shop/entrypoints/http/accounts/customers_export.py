"""`/api/admin/exports/customers.csv`"""

from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.response import Stream

from shop.application.accounts.customer_export import ExportCustomers
from shop.domain.accounts.permissions import Permission
from shop.entrypoints.http.framework.csv_files import CSV, Marked, csv_file


class CustomersExportController(Controller):
    path = "/api/admin/exports/customers.csv"
    tags = ("Administration",)

    @get(
        policy=Permission.CUSTOMERS_READ,
        media_type=CSV,
        response_example="Username,Name,Email\r\nada,Ada Lovelace,ada@example.com\r\n",
    )
    async def export_customers(
        self, export_customers: NamedDependency[ExportCustomers], bom: Marked = False
    ) -> Stream:
        return csv_file("customers.csv", export_customers(), bom=bom)
