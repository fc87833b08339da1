"""The storefront, the administration, and the files that they load."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from litestar import Request, Response
from litestar.controller import Controller
from litestar.handlers import get
from litestar.params import FromPath

from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.web.sending import send_asset
from shop.entrypoints.web.shells import Site

_A_YEAR: Final = "public, max-age=31536000, immutable"

STOREFRONT_VIEWS: Final = (
    "account",
    "addresses",
    "c",
    "cart",
    "checkout",
    "login",
    "orders",
    "p",
    "product",
    "products",
    "reset-password",
    "signup",
    "statistics",
    "verify-email",
)
"""First segments of the storefront's URLs."""
_RENDERED: Final = frozenset({"c", "p", "product", "products"})
"""Views whose content the server renders: see `catalogue_pages`."""
_STOREFRONT_PATHS: Final = [
    path
    for view in STOREFRONT_VIEWS
    if view not in _RENDERED
    for path in (f"/{view}", f"/{view}/{{rest:path}}")
]
"""Views whose content the page's scripts make: the server sends the same page for all."""


def pages_controller(
    site: Site, security: Mapping[str, str], admin_security: Mapping[str, str]
) -> type[Controller]:
    """Return the controller of the pages that are the same for everybody, with the headers of each page."""

    class PagesController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get(_STOREFRONT_PATHS, media_type="text/html")
        async def show_storefront(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return send_asset(request, site.storefront, security)

        @get("/pages/{slug:str}", media_type="text/html")
        async def show_footer_page(
            self, request: Request[Any, Any, Any], slug: FromPath[str]
        ) -> Response[bytes]:
            if slug not in site.footer_pages:
                raise NotFound("page")
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
            return send_asset(request, asset, {"Cache-Control": _A_YEAR})

    return PagesController
