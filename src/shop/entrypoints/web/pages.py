"""The storefront, the administration, and the files that they load."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from litestar import Request, Response
from litestar.controller import Controller
from litestar.exceptions import HTTPException
from litestar.handlers import get
from litestar.params import FromPath

from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.problems import answer_framework_error
from shop.entrypoints.http.framework.responses import IMMUTABLE, BytesResponse
from shop.entrypoints.web.assets import Asset
from shop.entrypoints.web.sending import send_asset
from shop.entrypoints.web.shells import Site
from shop.entrypoints.web.views import SCRIPTED_VIEWS

_RENDERED: Final = frozenset({"c", "p", "product", "products"})
"""Views whose content the server renders: see `catalogue_pages`."""
STOREFRONT_VIEWS: Final = _RENDERED | SCRIPTED_VIEWS.keys()
"""First segments of the storefront's URLs."""


def pages_controller(
    site: Site, not_found: Asset, security: Mapping[str, str], admin_security: Mapping[str, str]
) -> type[Controller]:
    """Return the controller of the pages that are the same for everybody, with the headers of each page."""

    class PagesController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get([f"/{view}" for view in SCRIPTED_VIEWS], media_type="text/html")
        async def show_view(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return send_asset(request, site.views[request.url.path.strip("/")], security)

        @get([f"/{view}/{{rest:path}}" for view in SCRIPTED_VIEWS], media_type="text/html")
        async def show_part_of_view(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return send_asset(request, site.order, security)

        @get("/pages/{slug:str}", media_type="text/html")
        async def show_footer_page(
            self, request: Request[Any, Any, Any], slug: FromPath[str]
        ) -> Response[bytes]:
            if slug not in site.footer_pages:
                return send_asset(request, not_found, security, 404)
            return send_asset(request, site.footer_pages[slug], security)

        @get(["/admin", "/admin/{rest:path}"], media_type="text/html")
        async def show_admin(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return send_asset(request, site.admin, admin_security)

        @get("/assets/{digest:str}/{name:path}", media_type="text/plain")
        async def show_asset(
            self, request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[PurePosixPath]
        ) -> Response[bytes]:
            known = digest == site.assets.digest
            asset = site.assets.files.get(str(name).lstrip("/")) if known else None
            if asset is None:
                raise NotFound("file")
            return send_asset(request, asset, IMMUTABLE)

    return PagesController


def answer_unknown_addresses(
    not_found: Asset, security: Mapping[str, str]
) -> Callable[[Request[Any, Any, Any], HTTPException], BytesResponse[Any]]:
    """Return the handler of requests for addresses without a route: browsers get a page, other clients an error."""

    def answer(request: Request[Any, Any, Any], error: HTTPException) -> BytesResponse[Any]:
        is_page = request.method in {"GET", "HEAD"} and not request.url.path.startswith("/api")
        if is_page and "text/html" in request.headers.get("accept", ""):
            return send_asset(request, not_found, security, 404)
        return answer_framework_error(request, error)

    return answer
