"""The templates of the storefront's server-rendered views, and the texts and addresses in them."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from shop.application.catalogue.media_views import ProductImageView
from shop.application.catalogue.views import ListedProductView
from shop.domain.money import Currency

LOW_STOCK: Final = 5
"""Pages state the number of units left from here down; must equal the scripts' number."""
_SYMBOLS: Final = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "ILS": "₪",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "PHP": "₱",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
}
"""The signs of currencies in English (CLDR); others are written with their code."""
_PICTURE: Final = re.compile(r"https://|/(?!/)")


class Reducible(Protocol):
    """A product or a variant with its price, and the price before a reduction."""

    @property
    def price(self) -> Decimal: ...

    @property
    def compare_at_price(self) -> Decimal | None: ...


class HasSlug(Protocol):
    """A product or a category."""

    @property
    def slug(self) -> str: ...


def templates() -> Environment:
    """Return the environment of the views' templates. Everything in them is escaped."""
    environment = Environment(
        loader=PackageLoader("shop.entrypoints.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "category_path": category_path,
        "day": day,
        "money": money,
        "percent_off": percent_off,
        "product_path": product_path,
        "smallest": smallest,
        "srcset": srcset,
    }
    environment.tests |= {"on_sale": is_on_sale, "picture_address": is_picture}
    environment.globals["low_stock"] = LOW_STOCK
    return environment


def money(amount: Decimal, currency: str) -> str:
    """Return an amount in major units as English pages write it: `$1,234.50`, `CHF 1,234.50`."""
    sign = _SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{sign}{amount:,.{Currency(currency).decimals}f}"


def day(moment: datetime) -> str:
    """Return a date as English pages write it: `Nov 27, 2026`."""
    return f"{moment:%b} {moment.day}, {moment.year}"


def is_on_sale(shown: Reducible) -> bool:
    """Return whether a product or variant costs less than before."""
    return shown.compare_at_price is not None and shown.compare_at_price > shown.price


def percent_off(product: ListedProductView) -> int:
    """Return the reduction of a product on sale in per cent, rounded down, at least 1."""
    assert product.compare_at_price is not None
    return max(1, int((1 - product.price / product.compare_at_price) * 100))


def is_picture(address: str | None) -> bool:
    """Return whether the address is one that the pages load: https, or a path of the shop."""
    return address is not None and _PICTURE.match(address) is not None


def srcset(images: Sequence[ProductImageView], url: str) -> str:
    """Return the widths of the picture at `url`; empty if the shop does not keep it."""
    image = _image(images, url)
    return "" if image is None else ", ".join(f"{each.url} {each.width}w" for each in image.widths)


def smallest(images: Sequence[ProductImageView], url: str) -> str:
    """Return the address of the picture's smallest width."""
    image = _image(images, url)
    return image.widths[0].url if image is not None and image.widths else url


def alternative_text(images: Sequence[ProductImageView], url: str | None, name: str) -> str:
    """Return the picture's own alternative text, else the product's name."""
    image = _image(images, url)
    return name if image is None else image.alt or name


def product_path(product: HasSlug) -> str:
    return f"/p/{quote(product.slug)}"


def category_path(category: HasSlug) -> str:
    return f"/c/{quote(category.slug)}"


def _image(images: Sequence[ProductImageView], url: str | None) -> ProductImageView | None:
    return next((image for image in images if image.url == url), None)
