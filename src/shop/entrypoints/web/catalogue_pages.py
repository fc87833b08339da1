"""`/`, `/p/{slug}`, `/c/{slug}` and `/products`: pages whose content the server renders."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import FromPath

from shop.application.catalogue.browsing import Browsing
from shop.application.catalogue.pages import ShowProductListPage, ShowProductPage
from shop.application.catalogue.showing import ShowProduct, SlugMoved
from shop.application.ports.catalogue import CachedAnswer
from shop.application.statistics.storefront import ShowHomePage
from shop.domain.errors import NotFound, Unavailable
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.web.assets import Asset
from shop.entrypoints.web.rendering import Storefront
from shop.entrypoints.web.sending import accepts_gzip, compressed, send_asset, send_page

PAGE_SIZE: Final = 24
"""Products per page; must equal the scripts' number."""
MAX_PAGE: Final = 1_000_000
_LIST_PARAMETERS: Final = frozenset(
    {"q", "sorted", "category", "minPrice", "maxPrice", "inStock", "option", "attribute"}
)
"""Query parameters that filter or sort products. Scripts render the lists that have any of them."""
_Page = Callable[[], Awaitable[CachedAnswer]]


def catalogue_pages_controller(
    storefront: Storefront, empty: Asset, not_found: Asset, security: Mapping[str, str]
) -> type[Controller]:
    """Return the controller. `empty` is the page whose content its scripts render."""

    async def send(request: Request[Any, Any, Any], page: _Page) -> Response[bytes]:
        try:
            return await _send(request, page, empty, security)
        except NotFound:
            return send_asset(request, not_found, security, 404)

    class CataloguePagesController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get("/p/{slug:str}", media_type="text/html")
        async def show_product(
            self,
            request: Request[Any, Any, Any],
            slug: FromPath[str],
            show_product_page: NamedDependency[ShowProductPage],
        ) -> Response[bytes]:
            encode = _encoder(request)

            async def page() -> CachedAnswer:
                variant = await _known_variant(request, slug, show_product_page)
                key = _key(request, "p", slug, variant or "")
                return await show_product_page(
                    key, slug, lambda shown: encode(storefront.product(shown, variant))
                )

            try:
                return await send(request, page)
            except SlugMoved as moved:
                return _redirect(request, f"/p/{quote(moved.slug)}")

        @get("/product/{product_id:str}", media_type="text/html")
        async def show_product_by_id(
            self,
            request: Request[Any, Any, Any],
            product_id: FromPath[str],
            show_product: NamedDependency[ShowProduct],
        ) -> Response[bytes]:
            try:
                product = await show_product.view(product_id)
            except NotFound:
                return send_asset(request, not_found, security, 404)
            return _redirect(request, f"/p/{quote(product.slug)}")

        @get(["/products", "/c/{slug:str}"], media_type="text/html")
        async def list_products(
            self,
            request: Request[Any, Any, Any],
            show_product_list_page: NamedDependency[ShowProductListPage],
        ) -> Response[bytes]:
            slug = request.path_params.get("slug")
            if not _LIST_PARAMETERS.isdisjoint(request.query_params):
                return send_asset(request, empty, security)
            number = _page_number(request.query_params.get("page", ""))
            encode = _encoder(request)
            key = _key(request, "c", slug or "", str(number))
            wanted = Browsing(page=number, limit=PAGE_SIZE, category=slug)
            return await send(
                request,
                lambda: show_product_list_page(
                    key, wanted, lambda page: encode(storefront.product_list(page))
                ),
            )

    return CataloguePagesController


def home_page_controller(
    storefront: Storefront, empty: Asset, security: Mapping[str, str]
) -> type[Controller]:
    """Return the controller. `empty` is the page whose content its scripts render."""

    class HomePageController(Controller):
        include_in_schema = False
        opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

        @get("/", media_type="text/html")
        async def show_home(
            self, request: Request[Any, Any, Any], show_home_page: NamedDependency[ShowHomePage]
        ) -> Response[bytes]:
            encode, key = _encoder(request), _key(request, "home")
            return await _send(
                request,
                lambda: show_home_page(key, lambda page: encode(storefront.home(page))),
                empty,
                security,
            )

    return HomePageController


async def _send(
    request: Request[Any, Any, Any], page: _Page, empty: Asset, security: Mapping[str, str]
) -> Response[bytes]:
    try:
        return send_page(request, (await page()).body, security)
    except Unavailable as error:  # the page's scripts say so, and offer to try again
        headers = {**security, "Retry-After": str(error.retry_after or 1), "Cache-Control": "no-store"}
        return send_asset(request, empty, headers, 503)


async def _known_variant(
    request: Request[Any, Any, Any], slug: str, show_product_page: ShowProductPage
) -> str | None:
    """Return the variant that the address names, if the product has it."""
    wanted = request.query_params.get("variant")
    if wanted is None:
        return None
    return await show_product_page.known_variant(_key(request, "variants", slug), slug, wanted)


def _encoder(request: Request[Any, Any, Any]) -> Callable[[bytes], bytes]:
    return compressed if accepts_gzip(request) else bytes


def _key(request: Request[Any, Any, Any], *parts: str) -> bytes:
    """Return the page's key in the catalogue's cache; it never equals a product's id or a path of the API."""
    return "\0".join(("html", "gzip" if accepts_gzip(request) else "", *parts)).encode()


def _page_number(text: str) -> int:
    """Return the page number. Any other text counts as 1, as in the scripts."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10 and text[0] != "0"
    return min(int(text), MAX_PAGE) if is_number else 1


def _redirect(request: Request[Any, Any, Any], path: str) -> BytesResponse[bytes]:
    query = request.url.query
    return BytesResponse(b"", status=301, headers={"Location": f"{path}?{query}" if query else path})
