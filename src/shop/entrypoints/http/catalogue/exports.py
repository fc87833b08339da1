"""`/api/admin/exports/products.csv`"""

from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.response import Stream

from shop.application.catalogue.exchange.exporting import ExportProducts
from shop.domain.accounts.permissions import Permission
from shop.entrypoints.http.framework.csv_files import CSV, Marked, csv_file


class ProductsExportController(Controller):
    path = "/api/admin/exports/products.csv"
    tags = ("Catalogue",)

    @get(
        policy=Permission.CATALOGUE_READ,
        media_type=CSV,
        response_example="Handle,Name,SKU,Price\r\nblue-mug,Blue mug,MUG-1,12.50\r\n",
    )
    async def export_products(
        self, export_products: NamedDependency[ExportProducts], bom: Marked = False
    ) -> Stream:
        return csv_file("products.csv", export_products(), bom=bom)
