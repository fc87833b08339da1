"""Structured data of the pages for search engines: schema.org as JSON-LD."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urljoin

from markupsafe import Markup

from shop.application.catalogue.feeds import CatalogueLinks, Identifiers
from shop.application.catalogue.pages import ProductPage
from shop.application.catalogue.views import ProductView, VariantView
from shop.domain.money import Currency
from shop.entrypoints.web.templating import is_on_sale, is_picture

_SCHEMA: Final = "https://schema.org"
_CONDITIONS: Final = {"new": "New", "used": "Used", "refurbished": "Refurbished", "damaged": "Damaged"}
_ESCAPES: Final = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
"""Characters that could end the script element, or that older JavaScript parsers reject in strings."""


def as_script(data: Mapping[str, Any]) -> Markup:
    """Return the data as the content of a script element: nothing in it can end the element."""
    text = json.dumps({"@context": _SCHEMA, **data}, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 (escaped above)


def product_data(page: ProductPage, links: CatalogueLinks, pictures: Sequence[str]) -> dict[str, Any]:
    """Return a Product. One variant makes an Offer, several an AggregateOffer of Offers."""
    product = page.product
    variants = product.variants
    known = Identifiers.of(product, variants[0])
    sole = len(variants) == 1
    data = {
        "@type": "Product",
        "name": product.name,
        "description": product.description or product.name,
        "url": product_address(links, product.slug),
        "image": [absolute(links, url) for url in pictures],
        "sku": variants[0].sku if sole else None,
        "gtin": known.gtin if sole else None,
        "mpn": known.mpn,
        "brand": {"@type": "Brand", "name": known.brand} if known.brand else None,
        "category": product.category,
        "offers": _offers(product, links),
    }
    return {name: value for name, value in data.items() if value}


def breadcrumb_data(steps: Sequence[tuple[str, str]], links: CatalogueLinks) -> dict[str, Any]:
    """Return a BreadcrumbList of names and paths, the root first."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(links, path)}
            for position, (name, path) in enumerate(steps, 1)
        ],
    }


def absolute(links: CatalogueLinks, path: str) -> str:
    """Return the address of a path of the shop; the path itself while the shop has no address."""
    return path if links.shop_url is None else urljoin(f"{links.shop_url}/", path)


def product_address(links: CatalogueLinks, slug: str) -> str | None:
    """Return the address of a product; None while the shop has no address."""
    return None if links.shop_url is None else links.to_product(quote(slug))


def amount(price: Decimal, currency: str) -> str:
    """Return a price for programs: with a point, and without a sign."""
    return f"{price:.{Currency(currency).decimals}f}"


def _offers(product: ProductView, links: CatalogueLinks) -> dict[str, Any]:
    offers = [_offer(product, variant, links) for variant in product.variants]
    if len(offers) == 1:
        return offers[0]
    prices = [variant.price for variant in product.variants]
    return {
        "@type": "AggregateOffer",
        "lowPrice": amount(min(prices), product.currency),
        "highPrice": amount(max(prices), product.currency),
        "priceCurrency": product.currency,
        "offerCount": len(offers),
        "availability": _availability(product.stock),
        "offers": offers,
    }


def _offer(product: ProductView, variant: VariantView, links: CatalogueLinks) -> dict[str, Any]:
    known = Identifiers.of(product, variant)
    address = product_address(links, product.slug)
    chosen = " ".join((product.name, *variant.options.values())) if product.options else None
    picture = variant.image_url if is_picture(variant.image_url) else None
    condition = _CONDITIONS.get(known.condition.casefold(), "Used")
    data = {
        "@type": "Offer",
        "name": chosen,
        "url": f"{address}?variant={quote(variant.id)}" if address and product.options else address,
        "price": amount(variant.price, product.currency),
        "priceCurrency": product.currency,
        "availability": _availability(variant.stock),
        "itemCondition": f"{_SCHEMA}/{condition}Condition",
        "sku": variant.sku,
        "gtin": known.gtin,
        "image": absolute(links, picture) if picture else None,
        "priceSpecification": _price_before(product, variant),
    }
    return {name: value for name, value in data.items() if value}


def _price_before(product: ProductView, variant: VariantView) -> dict[str, Any] | None:
    """Return the price that the page shows crossed out; None without a reduction."""
    if variant.compare_at_price is None or not is_on_sale(variant):
        return None
    return {
        "@type": "UnitPriceSpecification",
        "priceType": f"{_SCHEMA}/StrikethroughPrice",
        "price": amount(variant.compare_at_price, product.currency),
        "priceCurrency": product.currency,
    }


def _availability(stock: int) -> str:
    return f"{_SCHEMA}/{'InStock' if stock > 0 else 'OutOfStock'}"
