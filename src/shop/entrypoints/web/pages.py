"""The storefront, the administration, and the files that they load."""

from pathlib import PurePosixPath
from typing import Any, Final

from litestar import Request, Response
from litestar.controller import Controller
from litestar.handlers import get
from litestar.params import FromPath

from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.web.assets import Asset
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.content_security import page_headers
from shop.entrypoints.web.shells import render_site

_A_YEAR: Final = "public, max-age=31536000, immutable"

STOREFRONT_VIEWS: Final = (
    "account",
    "addresses",
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
"""First segments of the storefront's URLs. The page shows the view; the server sends the same page for all."""
_STOREFRONT_PATHS: Final = [
    "/",
    *(path for view in STOREFRONT_VIEWS for path in (f"/{view}", f"/{view}/{{rest:path}}")),
]


def pages_controller(configuration: PageConfiguration) -> type[Controller]:
    """Return the controller of the pages, which are rendered here once. Raises SettingsError."""
    site = render_site(configuration)
    security = page_headers(configuration.payments)
    admin_security = page_headers(configuration.payments, data_images=True)

    class PagesController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get(_STOREFRONT_PATHS, media_type="text/html")
        async def show_storefront(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return _send(request, site.storefront, security)

        @get("/pages/{slug:str}", media_type="text/html")
        async def show_footer_page(
            self, request: Request[Any, Any, Any], slug: FromPath[str]
        ) -> Response[bytes]:
            if slug not in site.footer_pages:
                raise NotFound("page")
            return _send(request, site.footer_pages[slug], security)

        @get(["/admin", "/admin/{rest:path}"], media_type="text/html")
        async def show_admin(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return _send(request, site.admin, admin_security)

        @get("/assets/{digest:str}/{name:path}", media_type="text/plain")
        async def show_asset(
            self, request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[PurePosixPath]
        ) -> Response[bytes]:
            known = digest == site.assets.digest
            asset = site.assets.files.get(str(name).lstrip("/")) if known else None
            if asset is None:
                raise NotFound("file")
            return _send(request, asset, {"Cache-Control": _A_YEAR})

    return PagesController


def _send(request: Request[Any, Any, Any], asset: Asset, headers: dict[str, str]) -> BytesResponse[bytes]:
    headers = {**headers, "Vary": "Accept-Encoding"}
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.compressed, "gzip"
    return BytesResponse(body, media_type=asset.media_type, headers=headers)
