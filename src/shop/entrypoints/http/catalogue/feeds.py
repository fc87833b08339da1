"""`/sitemap.xml`, `/feeds/products.xml` and `/robots.txt`: the catalogue for search engines and merchants' centres."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urljoin
from xml.sax.saxutils import escape

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import FromPath
from litestar.response import Stream

from shop.application.catalogue.feeds import CatalogueLinks, FeedItem, ProductFeed, Sitemap
from shop.application.framework.waiting import in_batches
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse

_XML: Final = "application/xml"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_GOOGLE: Final = 'xmlns:g="http://base.google.com/ns/1.0"'
_REUSABLE: Final = {"Cache-Control": "public, max-age=60"}
_OPTIONS: Final = {
    "color": "color",
    "colour": "color",
    "size": "size",
    "material": "material",
    "pattern": "pattern",
    "gender": "gender",
    "age group": "age_group",
    "age_group": "age_group",
}
"""Google's attributes that form a group's variants, by the names that options have."""


class FeedsController(Controller):
    path = "/"
    include_in_schema = False
    opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

    @get("/robots.txt")
    async def show_robots(self, catalogue_links: NamedDependency[CatalogueLinks]) -> Response[Any]:
        """Anyone: what search engines may read."""
        lines = [
            "User-agent: *",
            "Disallow: /admin",
            "Disallow: /api/",
            "Disallow: /account",
            "Disallow: /cart",
        ]
        if catalogue_links.shop_url is not None:
            lines += ["", f"Sitemap: {catalogue_links.shop_url}/sitemap.xml"]
        body = "\n".join([*lines, ""]).encode()
        return BytesResponse(body, headers=_REUSABLE, media_type=b"text/plain; charset=utf-8")

    @get("/sitemap.xml")
    async def show_sitemap(
        self, catalogue_links: NamedDependency[CatalogueLinks], sitemap: NamedDependency[Sitemap]
    ) -> Response[Any]:
        """Anyone: the addresses of all products, or an index of files with them."""
        shop_url = _address(catalogue_links)
        if (files := await sitemap.files()) == 1:
            return await _sitemap_file(catalogue_links, sitemap, 1)
        entries = [
            f"<sitemap><loc>{escape(shop_url)}/sitemaps/{each}.xml</loc></sitemap>"
            for each in range(1, files + 1)
        ]
        return _xml(f"{_DECLARATION}<sitemapindex {_SITEMAPS}>{''.join(entries)}</sitemapindex>\n")

    @get("/sitemaps/{file:str}")
    async def show_sitemap_file(
        self,
        file: FromPath[str],
        catalogue_links: NamedDependency[CatalogueLinks],
        sitemap: NamedDependency[Sitemap],
    ) -> Response[Any]:
        """Anyone: one file of the sitemap's index."""
        _address(catalogue_links)
        number = file.removesuffix(".xml")
        if (
            number == file
            or not number.isascii()
            or not number.isdecimal()
            or len(number) > 4
            or number[0] == "0"
        ):
            raise NotFound("sitemap")
        return await _sitemap_file(catalogue_links, sitemap, int(number))

    @get("/feeds/products.xml")
    async def show_product_feed(
        self, catalogue_links: NamedDependency[CatalogueLinks], product_feed: NamedDependency[ProductFeed]
    ) -> Stream:
        """Anyone: what is for sale, in the format of Google Merchant Center (RSS 2.0)."""
        _address(catalogue_links)
        return Stream(_feed(catalogue_links, product_feed), media_type=_XML, headers=_REUSABLE)


def _address(links: CatalogueLinks) -> str:
    """Return the shop's address. Raises NotFound without SHOP_URL, except with the embedded database."""
    if links.shop_url is None:
        raise NotFound("page without SHOP_URL")
    return links.shop_url


async def _sitemap_file(links: CatalogueLinks, sitemap: Sitemap, number: int) -> Response[Any]:
    entries = await sitemap.slugs(number)
    if not entries and number > 1:
        raise NotFound("sitemap")
    urls = [
        f"<url><loc>{escape(links.to_product(quote(slug)))}</loc><lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
        for slug, changed in entries
    ]
    return _xml(f"{_DECLARATION}<urlset {_SITEMAPS}>{''.join(urls)}</urlset>\n")


async def _feed(links: CatalogueLinks, product_feed: ProductFeed) -> AsyncIterator[str]:
    title, link = escape(links.shop_name), escape(_address(links))
    yield f'{_DECLARATION}<rss version="2.0" {_GOOGLE}><channel><title>{title}</title><link>{link}</link>'
    yield f"<description>{title}</description>\n"
    async for items in in_batches(product_feed()):
        yield "".join(_item(links, item) for item in items)
    yield "</channel></rss>\n"


def _item(links: CatalogueLinks, item: FeedItem) -> str:
    fields = "".join(f"<{name}>{escape(_printable(value))}</{name}>" for name, value in _fields(links, item))
    return f"<item>{fields}</item>\n"


def _fields(links: CatalogueLinks, item: FeedItem) -> Iterator[tuple[str, str]]:
    yield "g:id", item.id
    yield "g:title", item.title[:150]
    yield "g:description", item.description[:5000]
    yield "g:link", links.to_product(quote(item.slug))
    yield "g:image_link", urljoin(f"{_address(links)}/", item.image_url)
    yield "g:availability", "in_stock" if item.available else "out_of_stock"
    yield "g:price", _price(item.price, item.currency)
    if item.sale_price is not None:
        yield "g:sale_price", _price(item.sale_price, item.currency)
    yield "g:condition", item.condition
    if item.category is not None:
        yield "g:product_type", item.category
    for name, value in (("g:brand", item.brand), ("g:gtin", item.gtin), ("g:mpn", item.mpn)):
        if value:
            yield name, value
    if not (item.brand or item.gtin or item.mpn):
        yield "g:identifier_exists", "no"
    if item.group_id is not None:
        yield "g:item_group_id", item.group_id
        for name, value in item.options:
            if (attribute := _OPTIONS.get(name.casefold())) is not None:
                yield f"g:{attribute}", value


def _price(amount: Decimal, currency: str) -> str:
    return f"{amount:f} {currency}"


def _printable(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return "".join(each for each in text if each >= " " or each in "\t\n\r")


def _xml(text: str) -> BytesResponse[Any]:
    return BytesResponse(text.encode(), headers=_REUSABLE, media_type=b"application/xml; charset=utf-8")
