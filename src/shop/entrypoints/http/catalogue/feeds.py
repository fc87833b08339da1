"""`/sitemap.xml`, `/feeds/products.xml` and `/robots.txt`: the catalogue for search engines and merchants' centres."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
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
from shop.application.framework.transactions import in_batches
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse

_XML: Final = "application/xml"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_GOOGLE: Final = 'xmlns:g="http://base.google.com/ns/1.0"'
_UNPRINTABLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CACHEABLE: Final = {"Cache-Control": "public, max-age=60"}
_PAGES_FILE: Final = "pages.xml"
"""The file in the sitemap's index that lists everything except the products."""
_MAX_MORE_IMAGES: Final = 10
"""The number of images per item besides the first."""
_MAX_SHIPPING_WEIGHT: Final = 1_000_000
"""In grams."""
_MAX_COLOR_LENGTH: Final = 40
_URL_CHARACTERS: Final = "%:/?#[]@!$&'()*+,;=~"
"""The characters that a URL may contain besides letters, digits, `-`, `.` and `_` (RFC 3986)."""
_CONDITIONS: Final = frozenset(("new", "refurbished", "used"))
_GENDERS: Final = {
    **{name: name for name in ("male", "female", "unisex")},
    "men": "male",
    "women": "female",
}
_AGE_GROUPS: Final = {name: name for name in ("newborn", "infant", "toddler", "kids", "adult")}
_ATTRIBUTE_OF_OPTION: Final = {
    "color": "color",
    "colour": "color",
    "size": "size",
    "material": "material",
    "pattern": "pattern",
    "gender": "gender",
    "age group": "age_group",
    "age_group": "age_group",
}
"""The Google attribute that an option corresponds to, by the option's name in lower case.

Google lets the variants of a group differ in these attributes only.
"""
_ALLOWED_VALUES: Final = {"gender": _GENDERS, "age_group": _AGE_GROUPS}
"""For attributes with fixed values: Google's value, by the option's lower-case value. Others are omitted."""


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
        return BytesResponse(body, headers=_CACHEABLE, media_type=b"text/plain; charset=utf-8")

    @get("/sitemap.xml")
    async def show_sitemap(
        self, catalogue_links: NamedDependency[CatalogueLinks], sitemap: NamedDependency[Sitemap]
    ) -> Response[Any]:
        """Anyone: the addresses of the home page, the footer's pages, categories and products, or an index of files."""
        shop_url = _shop_url(catalogue_links)
        pages = await _pages(catalogue_links, sitemap)
        if not (files := await sitemap.files(len(pages))):
            return _urlset([*pages, *await _products(catalogue_links, sitemap, 1)])
        names = [_PAGES_FILE, *(f"{number}.xml" for number in range(1, files + 1))]
        entries = [f"<sitemap><loc>{_text(shop_url)}/sitemaps/{name}</loc></sitemap>" for name in names]
        return _xml(f"{_DECLARATION}<sitemapindex {_SITEMAPS}>{''.join(entries)}</sitemapindex>\n")

    @get("/sitemaps/{file:str}")
    async def show_sitemap_file(
        self,
        file: FromPath[str],
        catalogue_links: NamedDependency[CatalogueLinks],
        sitemap: NamedDependency[Sitemap],
    ) -> Response[Any]:
        """Anyone: one file of the sitemap's index."""
        _shop_url(catalogue_links)
        if file == _PAGES_FILE:
            return _urlset(await _pages(catalogue_links, sitemap))
        number = file.removesuffix(".xml")
        if (
            number == file
            or not number.isascii()
            or not number.isdecimal()
            or len(number) > 4
            or number[0] == "0"
        ):
            raise NotFound("sitemap")
        products = await _products(catalogue_links, sitemap, int(number))
        if not products:
            raise NotFound("sitemap")
        return _urlset(products)

    @get("/feeds/products.xml")
    async def show_product_feed(
        self, catalogue_links: NamedDependency[CatalogueLinks], product_feed: NamedDependency[ProductFeed]
    ) -> Stream:
        """Anyone: what is for sale, in the format of Google Merchant Center (RSS 2.0)."""
        _shop_url(catalogue_links)
        return Stream(_feed(catalogue_links, product_feed), media_type=_XML, headers=_CACHEABLE)


def _shop_url(links: CatalogueLinks) -> str:
    """Return the shop's address. Raises NotFound without SHOP_URL, except with the embedded database."""
    if links.shop_url is None:
        raise NotFound("page without SHOP_URL")
    return links.shop_url


async def _pages(links: CatalogueLinks, sitemap: Sitemap) -> list[str]:
    """Return the entries of the home page, of categories, and of the footer's pages."""
    addresses = [
        f"{links.shop_url}/",
        *(links.to_category(quote(slug)) for slug in await sitemap.categories()),
        *(f"{links.shop_url}/pages/{quote(slug)}" for slug in links.pages),
    ]
    return [f"<url><loc>{_text(address)}</loc></url>" for address in addresses]


async def _products(links: CatalogueLinks, sitemap: Sitemap, number: int) -> list[str]:
    """Return the entries of one file of products."""
    return [
        f"<url><loc>{_text(links.to_product(quote(slug)))}</loc><lastmod>{changed:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>"
        for slug, changed in await sitemap.slugs(number)
    ]


def _urlset(entries: Iterable[str]) -> Response[Any]:
    return _xml(f"{_DECLARATION}<urlset {_SITEMAPS}>{''.join(entries)}</urlset>\n")


async def _feed(links: CatalogueLinks, product_feed: ProductFeed) -> AsyncIterator[str]:
    title, link = _text(links.shop_name), _text(_shop_url(links))
    yield f'{_DECLARATION}<rss version="2.0" {_GOOGLE}><channel><title>{title}</title><link>{link}</link>'
    yield f"<description>{title}</description>\n"
    async for items in in_batches(product_feed()):
        yield "".join(_item(links, item) for item in items)
    yield "</channel></rss>\n"


def _item(links: CatalogueLinks, item: FeedItem) -> str:
    fields = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in _fields(links, item))
    return f"<item>{fields}</item>\n"


def _fields(links: CatalogueLinks, item: FeedItem) -> Iterator[tuple[str, str]]:
    """Yield the attributes within the limits of Google's product data specification."""
    shop_url, slug = f"{_shop_url(links)}/", quote(item.slug)
    yield "g:id", item.id
    yield "g:title", item.title[:150]
    yield "g:description", item.description[:5000]
    yield "g:link", links.to_variant(slug, item.id) if item.options else links.to_product(slug)
    yield "g:image_link", _absolute(shop_url, item.image_url)
    for image_url in item.more_image_urls[:_MAX_MORE_IMAGES]:
        yield "g:additional_image_link", _absolute(shop_url, image_url)
    yield "g:availability", "in_stock" if item.available else "out_of_stock"
    yield "g:price", _price(item.price, item.currency)
    if item.sale_price is not None:
        yield "g:sale_price", _price(item.sale_price, item.currency)
    condition = item.condition.casefold()
    yield "g:condition", condition if condition in _CONDITIONS else "used"
    if item.categories:
        yield "g:product_type", " > ".join(item.categories)[:750]
    for name, value in (("g:brand", item.brand), ("g:gtin", item.gtin), ("g:mpn", item.mpn)):
        if value:
            yield name, value[:70]
    if not (item.brand or item.gtin or item.mpn):
        yield "g:identifier_exists", "no"
    if item.weight and item.weight <= _MAX_SHIPPING_WEIGHT:
        yield "g:shipping_weight", f"{item.weight} g"
    attributes = _google_attributes(item)
    if attributes:  # Google groups only variants that differ in these attributes
        yield "g:item_group_id", item.product_id
        yield from ((f"g:{name}", value) for name, value in attributes.items())


def _google_attributes(item: FeedItem) -> dict[str, str]:
    """Return the Google attributes to which the variant's options correspond, with their values."""
    found: dict[str, str] = {}
    for name, value in item.options:
        attribute = _ATTRIBUTE_OF_OPTION.get(name.casefold())
        if attribute is None or attribute in found:
            continue
        known = _ALLOWED_VALUES.get(attribute)
        text = value if known is None else known.get(value.casefold())
        if text is not None:
            found[attribute] = text[:_MAX_COLOR_LENGTH] if attribute == "color" else text
    return found


def _price(amount: Decimal, currency: str) -> str:
    return f"{amount:f} {currency}"


def _absolute(shop_url: str, address: str) -> str:
    """Return the absolute URL, with all characters percent-encoded that a URL may not contain."""
    return quote(urljoin(shop_url, address), safe=_URL_CHARACTERS)


def _text(text: str) -> str:
    """Return the text as XML: escaped, and without characters that XML cannot hold."""
    return escape(_UNPRINTABLE.sub("", text))


def _xml(text: str) -> BytesResponse[Any]:
    return BytesResponse(text.encode(), headers=_CACHEABLE, media_type=b"application/xml; charset=utf-8")
