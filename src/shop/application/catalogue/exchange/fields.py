"""The fields of a product's CSV rows: the shop's own column headers, and how cells are read."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import msgspec

from shop.application.catalogue.exchange.foreign_cells import NO, YES
from shop.domain.catalogue.variant import MAX_WEIGHT

_MAX_DIGITS: Final = 20
_ATTRIBUTES_FORM: Final = (
    'must be JSON of texts, numbers and booleans by name, such as {"Material": "Wool", "Washable": true}'
)


class Field(Enum):
    """A field of a row. The value is the shop's own header."""

    HANDLE = "Handle"
    NAME = "Name"
    DESCRIPTION = "Description"
    VENDOR = "Vendor"
    CATEGORIES = "Categories"
    ATTRIBUTES = "Attributes"
    IMAGE_URL = "Image URL"
    ACTIVE = "Active"
    REQUIRES_SHIPPING = "Requires shipping"
    TAX_CLASS = "Tax class"
    WITHDRAWABLE = "Withdrawable"
    OPTION1_NAME = "Option1 name"
    OPTION1_VALUE = "Option1 value"
    OPTION2_NAME = "Option2 name"
    OPTION2_VALUE = "Option2 value"
    OPTION3_NAME = "Option3 name"
    OPTION3_VALUE = "Option3 value"
    SKU = "SKU"
    PRICE = "Price"
    COMPARE_AT_PRICE = "Compare-at price"
    STOCK = "Stock"
    WEIGHT = "Weight (g)"
    BARCODE = "Barcode"
    VARIANT_IMAGE_URL = "Variant image URL"
    VARIANT_ACTIVE = "Variant active"
    CATEGORY = "Category"
    """The name of the main category. Read, but not exported: `CATEGORIES` has all of them."""
    PROBLEM = "Problem"
    """Why another system's product can't be imported. No column."""
    SKIPPED = "Skipped"
    """Why another system's product is left out although its rows are right. No column."""
    WARNING = "Warning"
    """What was left out of another system's product. No column."""


OPTION_NAMES: Final = (Field.OPTION1_NAME, Field.OPTION2_NAME, Field.OPTION3_NAME)
OPTION_VALUES: Final = (Field.OPTION1_VALUE, Field.OPTION2_VALUE, Field.OPTION3_VALUE)
_NO_COLUMNS: Final = frozenset((Field.PROBLEM, Field.SKIPPED, Field.WARNING))
READ: Final = tuple(field for field in Field if field not in _NO_COLUMNS)
"""The columns of the shop's own files."""
EXPORTED: Final = tuple(field for field in READ if field is not Field.CATEGORY)
"""The columns of the shop's own export."""
HEADER: Final = tuple(field.value for field in EXPORTED)
Read = Callable[[str], Any]
"""Reads a cell. Raises ValueError, whose text follows the column's name."""
UNCHANGED: Final = object()
"""What a blank cell means for a field that can't be empty."""


def _text(text: str) -> str | None:
    return text.strip() or None


def _price(text: str) -> Decimal:
    """Read an amount with a point, or with a single comma, as decimal separator."""
    text = text.strip().replace("\xa0", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    whole, _, part = text.partition(".")
    digits = whole + part
    if not digits or not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise ValueError("must be a number such as 12.50")
    return Decimal(f"{whole or '0'}.{part or '0'}")


def _price_or_none(text: str) -> Decimal | None:
    return _price(text) if text.strip() else None


def whole_number(text: str, maximum: int) -> int:
    """Parse a whole number from 0 to `maximum`; a decimal part of zeros is ignored. Raises ValueError."""
    text = text.strip()
    for ending in (".0", ".00", ",0", ",00"):
        text = text.removesuffix(ending)
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS or int(text) > maximum:
        raise ValueError(f"must be a whole number between 0 and {maximum}")
    return int(text)


def _weight(text: str) -> int | None:
    return whole_number(text, MAX_WEIGHT) if text.strip() else None


def _yes_or_no(text: str) -> bool | object:
    word = text.strip().casefold()
    if not word:
        return UNCHANGED
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError("must be TRUE or FALSE")


def _tax_class(text: str) -> str | object:
    return text.strip() or UNCHANGED


def _attributes(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise ValueError(_ATTRIBUTES_FORM) from error
    if not isinstance(found, dict):
        raise ValueError(_ATTRIBUTES_FORM)
    for name, value in found.items():
        if not isinstance(value, str | int | float):
            raise ValueError(f"must have a text, a number, true or false as the value of `{name[:40]}`")
    return found


PRODUCT_FIELDS: Final[Mapping[Field, tuple[str, Read]]] = {
    Field.NAME: ("name", str),
    Field.DESCRIPTION: ("description", str),
    Field.VENDOR: ("vendor", _text),
    Field.ATTRIBUTES: ("attributes", _attributes),
    Field.IMAGE_URL: ("image_url", _text),
    Field.ACTIVE: ("active", _yes_or_no),
    Field.REQUIRES_SHIPPING: ("requires_shipping", _yes_or_no),
    Field.TAX_CLASS: ("tax_class", _tax_class),
    Field.WITHDRAWABLE: ("withdrawable", _yes_or_no),
}
VARIANT_FIELDS: Final[Mapping[Field, tuple[str, Read]]] = {
    Field.SKU: ("sku", _text),
    Field.PRICE: ("price", _price),
    Field.COMPARE_AT_PRICE: ("compare_at_price", _price_or_none),
    Field.WEIGHT: ("weight", _weight),
    Field.BARCODE: ("barcode", _text),
    Field.VARIANT_IMAGE_URL: ("image_url", _text),
    Field.VARIANT_ACTIVE: ("active", _yes_or_no),
}
"""For each column: the field of a variant input, and how its cell is read."""
FIELDS_BY_NAME: Final = {name: each for each, (name, _) in PRODUCT_FIELDS.items()} | {
    "category": Field.CATEGORIES,
    "category_ids": Field.CATEGORIES,
    "slug": Field.HANDLE,
    "options": Field.OPTION1_NAME,
}
"""Columns of the product's own fields, by the names that errors give to the fields."""
VARIANT_FIELDS_BY_NAME: Final = {name: each for each, (name, _) in VARIANT_FIELDS.items()} | {
    "options": Field.OPTION1_VALUE
}
