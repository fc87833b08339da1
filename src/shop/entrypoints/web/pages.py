"""The storefront, the administration, and the files that they load."""

from html import escape
from pathlib import PurePosixPath
from string import Template
from typing import Any, Final

from litestar import Request, Response
from litestar.controller import Controller
from litestar.handlers import get
from litestar.params import FromPath

from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.web.assets import Asset, Assets, asset_of
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.content_security import page_headers

_A_YEAR: Final = "public, max-age=31536000, immutable"

STOREFRONT_VIEWS: Final = (
    "account",
    "addresses",
    "cart",
    "checkout",
    "login",
    "order",
    "orders",
    "product",
    "products",
    "signup",
    "statistics",
)
"""First segments of the storefront's URLs. The page shows the view; the server sends the same page for all."""
_STOREFRONT_PATHS: Final = [
    "/",
    *(path for view in STOREFRONT_VIEWS for path in (f"/{view}", f"/{view}/{{rest:path}}")),
]


def pages_controller(assets: Assets, configuration: PageConfiguration) -> type[Controller]:
    """Return the controller of the pages, which are rendered here once."""
    storefront = _page(assets, "storefront.html", configuration)
    admin = _page(assets, "admin.html", configuration)
    security = page_headers(configuration.payments)

    class PagesController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get(_STOREFRONT_PATHS, media_type="text/html")
        async def show_storefront(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return _send(request, storefront, security)

        @get(["/admin", "/admin/{rest:path}"], media_type="text/html")
        async def show_admin(self, request: Request[Any, Any, Any]) -> Response[bytes]:
            return _send(request, admin, security)

        @get("/assets/{digest:str}/{name:path}", media_type="text/plain")
        async def show_asset(
            self, request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[PurePosixPath]
        ) -> Response[bytes]:
            asset = assets.files.get(str(name).lstrip("/")) if digest == assets.digest else None
            if asset is None:
                raise NotFound("file")
            return _send(request, asset, {"Cache-Control": _A_YEAR})

    return PagesController


def _page(assets: Assets, name: str, configuration: PageConfiguration) -> Asset:
    values = {
        "base": assets.base,
        "name": "Shop",
        "payments": ",".join(configuration.payments),
        "payment_terms": ",".join(str(int(term.total_seconds())) for term in configuration.payment_terms),
        "payment_methods": ",".join(configuration.payment_methods),
        "terms_version": configuration.terms_version or "",
        "stripe_key": configuration.publishable_key or "",
        "currency": configuration.currency,
    }
    shell = Template(assets.files[name].body.decode())
    markup = {
        "icon": f"{assets.base}/icon.svg",
        "brand": "Shop",
        "title": "Shop",
        "theme": "",
        "terms_page": "",
        "footer_links": "",
        "content": '<p class="progress" role="status">Loading …</p>',
    }
    text = shell.substitute({key: escape(value) for key, value in values.items()} | markup)
    return asset_of(name, text.encode())


def _send(request: Request[Any, Any, Any], asset: Asset, headers: dict[str, str]) -> BytesResponse[bytes]:
    headers = {**headers, "Vary": "Accept-Encoding"}
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.compressed, "gzip"
    return BytesResponse(body, media_type=asset.media_type, headers=headers)
