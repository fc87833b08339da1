"""Shopify's product export, in its old and its new form."""

from collections.abc import Mapping, Sequence
from typing import Final

from shop.application.catalogue.exchange.fields import OPTION_NAMES, OPTION_VALUES, Field
from shop.application.catalogue.exchange.foreign_cells import (
    as_number,
    description,
    is_yes,
    option_name,
    stock_units,
    without_mark,
)
from shop.application.catalogue.exchange.foreign_pictures import picture

SHOPIFY_SIGNS: Final = frozenset(("bodyhtml", "variantprice", "variantsku", "urlhandle", "title"))
"""Headers that no other dialect has."""
SHOPIFY_COLUMNS: Final = {
    "handle": "handle",
    "urlhandle": "handle",
    "title": "name",
    "bodyhtml": "description",
    "description": "description",
    "vendor": "vendor",
    "type": "type",
    "productcategory": "product_category",
    "published": "published",
    "publishedononlinestore": "published",
    "status": "status",
    **{f"option{number}name": f"option{number}_name" for number in (1, 2, 3)},
    **{f"option{number}value": f"option{number}_value" for number in (1, 2, 3)},
    "variantsku": "sku",
    "sku": "sku",
    "variantgrams": "weight",
    "weightvaluegrams": "weight",
    "variantinventoryqty": "stock",
    "inventoryquantity": "stock",
    "variantprice": "price",
    "price": "price",
    "variantcompareatprice": "compare_at_price",
    "compareatprice": "compare_at_price",
    "variantrequiresshipping": "requires_shipping",
    "requiresshipping": "requires_shipping",
    "variantbarcode": "barcode",
    "barcode": "barcode",
    "imagesrc": "image_url",
    "productimageurl": "image_url",
    "variantimage": "variant_image_url",
    "variantimageurl": "variant_image_url",
}
_COPIED: Final = ("handle", "name", "vendor", "price")
_OF_VARIANT: Final = ("sku", "price", "stock", "weight", "barcode")
_NO_OPTIONS: Final = ("title", "default title")


def shopify_rows(rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[tuple[int, dict[Field, str]]]:
    """Return the rows of a product. Rows that only add pictures are left out."""
    return [
        (line, _row(cells)) for place, (line, cells) in enumerate(rows) if not place or _has_variant(cells)
    ]


def _has_variant(cells: Mapping[str, str]) -> bool:
    values = [cells.get(f"option{number}_value", "") for number in (1, 2, 3)]
    return any(text.strip() for text in (*values, *(cells.get(name, "") for name in _OF_VARIANT)))


def _row(cells: Mapping[str, str]) -> dict[Field, str]:
    row = {Field[name.upper()]: cells[name] for name in _COPIED if name in cells}
    if "description" in cells:
        row[Field.DESCRIPTION] = description(cells["description"])
    if "type" in cells or "product_category" in cells:
        path = cells.get("product_category", "").split(" > ")
        row[Field.CATEGORY] = cells.get("type", "").strip() or path[-1].strip()
    if "published" in cells or "status" in cells:
        row[Field.ACTIVE] = _activity(cells)
    for name, make in (
        ("stock", stock_units),
        ("weight", as_number),
        ("sku", without_mark),
        ("barcode", without_mark),
    ):
        if name in cells:
            row[Field[name.upper()]] = make(cells[name])
    if cells.get("requires_shipping", "").strip():
        row[Field.REQUIRES_SHIPPING] = cells["requires_shipping"]
    if "variant_image_url" in cells:
        row |= picture(Field.VARIANT_IMAGE_URL, cells["variant_image_url"])
    if cells.get("image_url", "").strip():
        row |= picture(Field.IMAGE_URL, cells["image_url"])
    if "compare_at_price" in cells:
        row[Field.COMPARE_AT_PRICE] = _reduced_from(cells["compare_at_price"], cells.get("price", ""))
    return row | _options(cells)


def _activity(cells: Mapping[str, str]) -> str:
    published, status = cells.get("published", "").strip(), cells.get("status", "").strip()
    if not published and not status:
        return ""
    return "TRUE" if (not published or is_yes(published)) and status.casefold() in ("", "active") else "FALSE"


def _reduced_from(former: str, price: str) -> str:
    """Return the compare-at price; "" if it is 0 or below the price, since Shopify then shows none."""
    try:
        return former if float(former) and float(former) >= float(price) else ""
    except ValueError:
        return former


def _options(cells: Mapping[str, str]) -> dict[Field, str]:
    names = [option_name(cells.get(f"option{number}_name", "")) for number in (1, 2, 3)]
    values = [cells.get(f"option{number}_value", "").strip() for number in (1, 2, 3)]
    if values[0].casefold() == _NO_OPTIONS[1] and names[0].casefold() in ("", _NO_OPTIONS[0]):
        names[0] = values[0] = ""
    current = [field for field in (*OPTION_NAMES, *OPTION_VALUES) if field.name.lower() in cells]
    cells_of = dict(zip((*OPTION_NAMES, *OPTION_VALUES), (*names, *values), strict=True))
    return {field: cells_of[field] for field in current}
