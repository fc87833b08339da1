"""`/api/admin/products`: all products, listed or not."""

from typing import Annotated

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import QueryParameter

from shop.application.catalogue.browsing import BrowseAllProducts
from shop.application.catalogue.views import ListedProductView
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.ports.catalogue import AdminProductsQuery
from shop.domain.accounts.permissions import Permission
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.responses import BytesResponse


class AdminProductsController(Controller):
    path = "/api/admin/products"
    tags = ("Catalogue",)

    @get(policy=Permission.CATALOGUE_READ)
    async def list_all_products(
        self,
        browse_all_products: NamedDependency[BrowseAllProducts],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        active: Annotated[
            bool | None, QueryParameter(description="Only active products, or only inactive ones.")
        ] = None,
    ) -> Response[PageOf[ListedProductView]]:
        query = AdminProductsQuery(page, limit, active)
        return BytesResponse(encode(await browse_all_products(query)))
