"""WooCommerce's product export."""

import html
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from shop.application.catalogue.exchange.category_paths import paths_text, read_paths
from shop.application.catalogue.exchange.fields import OPTION_NAMES, OPTION_VALUES, Field
from shop.application.catalogue.exchange.foreign_cells import (
    as_number,
    description,
    is_yes,
    option_name,
    stock_units,
)
from shop.application.catalogue.exchange.foreign_pictures import picture
from shop.domain.catalogue.attributes import MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_VALUE, MAX_ATTRIBUTES
from shop.domain.catalogue.variant import MAX_OPTIONS
from shop.domain.text import folded, one_line

WOO_COLUMNS: Final = {
    "id": "id",
    "type": "type",
    "sku": "sku",
    "gtinupceanorisbn": "barcode",
    "name": "name",
    "published": "published",
    "shortdescription": "short_description",
    "description": "description",
    "taxclass": "tax_class",
    "stock": "stock",
    "weightkg": "weightkg",
    "weightg": "weightg",
    "weightlbs": "weightlbs",
    "weightoz": "weightoz",
    "saleprice": "sale_price",
    "regularprice": "regular_price",
    "categories": "categories",
    "images": "images",
    "parent": "parent",
    "brands": "brands",
}
WOO_PATTERN: Final = re.compile(r"attribute\d{1,2}(name|values)")
_GRAMS: Final = {
    "weightkg": Decimal(1000),
    "weightg": Decimal(1),
    "weightlbs": Decimal("453.59237"),
    "weightoz": Decimal("28.349523125"),
}
_PARAGRAPHS: Final = re.compile(r"<(?:p|div|ul|ol|table|h\d|br)\b", re.IGNORECASE)
_VARIATION: Final = "variation"
_SOLD_ELSEWHERE: Final = {
    "grouped": "Skipped: a grouped product only lists other products, which are imported by their own rows.",
    "external": "Skipped: an external product is sold on another website, not in this shop.",
}
"""Types of products that the shop can't sell, and the reason to report."""
ANY: Final = "Any"
"""The option value of a variation that WooCommerce offers for every value of the attribute."""

Cells = Mapping[str, str]
SourceRow = tuple[int, Cells]


def woo_identity(cells: Cells) -> tuple[str, str, str]:
    """Return the key of the row's product; for a product, also its name and a suffix that makes it unique."""
    own = cells.get("sku", "").strip() or f"id:{cells.get('id', '').strip()}"
    if _VARIATION in _types(cells):
        return cells.get("parent", "").strip().casefold(), "", ""
    name = one_line(html.unescape(cells.get("name", "")))
    return (own if own != "id:" else name).casefold(), name, own.removeprefix("id:")


def woo_rows(rows: Sequence[SourceRow]) -> list[tuple[int, dict[Field, str]]]:
    """Return a product's own row, or the rows of its variations, the first with the product's fields."""
    products = [row for row in rows if _VARIATION not in _types(row[1])]
    variations = [row for row in rows if _VARIATION in _types(row[1])]
    own = _product_cells(products[0][1], variations) if products else {}
    if not variations or len(products) > 1:
        found = [(line, _variant_cells(cells) | _no_options(cells)) for line, cells in products]
    else:
        options = _options(variations)
        found = [(line, _variant_cells(cells) | _chosen(cells, options)) for line, cells in variations]
    line, first = found[0]
    found[0] = (products[0][0] if products and not variations else line, own | first)
    return found


def _types(cells: Cells) -> list[str]:
    return [kind.strip().casefold() for kind in cells.get("type", "").split(",")]


def _product_cells(cells: Cells, variations: Sequence[SourceRow]) -> dict[Field, str]:
    found = {Field.NAME: html.unescape(cells.get("name", ""))}
    texts = [cells[name] for name in ("description", "short_description") if name in cells]
    if texts:
        found[Field.DESCRIPTION] = description(_with_breaks(next(filter(str.strip, texts), "")))
    if "published" in cells:
        found[Field.ACTIVE] = "TRUE" if is_yes(cells["published"]) else "FALSE"
    if "tax_class" in cells:
        found[Field.TAX_CLASS] = cells["tax_class"].strip() or "standard"
    if "categories" in cells:
        found[Field.CATEGORIES] = paths_text(read_paths(html.unescape(cells["categories"]), ","))
    if "brands" in cells:
        found[Field.VENDOR] = cells["brands"].split(",")[0]
    if "images" in cells:
        found |= picture(Field.IMAGE_URL, _first_picture(cells))
    found[Field.REQUIRES_SHIPPING] = "FALSE" if "virtual" in _types(cells) else "TRUE"
    if (kind := next((each for each in _types(cells) if each in _SOLD_ELSEWHERE), None)) is not None:
        found[Field.SKIPPED] = _SOLD_ELSEWHERE[kind]
    if len(_options(variations)) > MAX_OPTIONS:
        found[Field.PROBLEM] = f"A product has at most {MAX_OPTIONS} options in which its variants differ."
    if any(name.startswith("attribute") for name in cells):
        chosen = {folded(name) for name in _options(variations)}
        found[Field.ATTRIBUTES] = _attributes(cells, chosen)
    return found


def _variant_cells(cells: Cells) -> dict[Field, str]:
    found = {Field[name.upper()]: cells[name] for name in ("sku", "barcode") if name in cells}
    regular, sale = cells.get("regular_price", "").strip(), cells.get("sale_price", "").strip()
    if "regular_price" in cells:
        found[Field.PRICE] = sale or regular
        found[Field.COMPARE_AT_PRICE] = regular if sale and sale != regular else ""
    elif sale:
        found[Field.PRICE] = sale
    if "stock" in cells:
        found[Field.STOCK] = stock_units(cells["stock"])
    for name, factor in _GRAMS.items():
        if name in cells:
            found[Field.WEIGHT] = as_number(cells[name], factor)
    if _VARIATION in _types(cells):
        if "published" in cells:
            found[Field.VARIANT_ACTIVE] = "TRUE" if is_yes(cells["published"]) else "FALSE"
        if "images" in cells:
            found |= picture(Field.VARIANT_IMAGE_URL, _first_picture(cells))
    return found


def _no_options(cells: Cells) -> dict[Field, str]:
    return {} if _VARIATION in _types(cells) else dict.fromkeys((*OPTION_NAMES, *OPTION_VALUES), "")


def _options(variations: Sequence[SourceRow]) -> list[str]:
    """Return the names of the attributes for which any variation has a value: these become options."""
    names: dict[str, str] = {}
    for _, cells in variations:
        for name, value in _pairs(cells):
            if value:
                names.setdefault(folded(name), name)
    return list(names.values())


def _chosen(cells: Cells, options: Sequence[str]) -> dict[Field, str]:
    values = {folded(name): value for name, value in _pairs(cells)}
    chosen = dict.fromkeys((*OPTION_NAMES, *OPTION_VALUES), "")
    for name_field, value_field, name in zip(OPTION_NAMES, OPTION_VALUES, options, strict=False):
        chosen[name_field] = name
        chosen[value_field] = values.get(folded(name), "") or ANY
    return chosen


def _attributes(cells: Cells, options: set[str]) -> str:
    """Return the attributes that aren't options as JSON, without those that exceed the shop's limits."""
    fitting = {
        name: value
        for name, value in _pairs(cells)
        if value
        and folded(name) not in options
        and len(name) <= MAX_ATTRIBUTE_NAME
        and len(value) <= MAX_ATTRIBUTE_VALUE
    }
    kept = dict(list(fitting.items())[:MAX_ATTRIBUTES])
    return msgspec.json.encode(kept).decode() if kept else ""


def _pairs(cells: Cells) -> list[tuple[str, str]]:
    numbers = sorted(
        int(name.removeprefix("attribute").removesuffix("name"))
        for name in cells
        if re.fullmatch(r"attribute\d+name", name)
    )
    pairs = [
        (option_name(cells[f"attribute{number}name"]), cells.get(f"attribute{number}values", ""))
        for number in numbers
    ]
    return [(name, one_line(value.replace("\\,", ","))) for name, value in pairs if name]


def _first_picture(cells: Cells) -> str:
    return cells["images"].split(",")[0]


def _with_breaks(text: str) -> str:
    r"""Return the text with the line breaks that WooCommerce writes as `\n`; they show on a page, too."""
    text = re.sub(r"(?<!\\)\\n", "\n", text).replace("\\\\n", "\\n")
    return text if _PARAGRAPHS.search(text) else text.replace("\n", "<br>")
