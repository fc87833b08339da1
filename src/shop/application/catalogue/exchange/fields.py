"""The fields of a product's CSV rows, and the shop's own column headers."""

from enum import Enum
from typing import Final


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


PRODUCT_FIELDS: Final = (
    Field.NAME,
    Field.DESCRIPTION,
    Field.VENDOR,
    Field.CATEGORIES,
    Field.ATTRIBUTES,
    Field.IMAGE_URL,
    Field.ACTIVE,
    Field.REQUIRES_SHIPPING,
    Field.TAX_CLASS,
    Field.WITHDRAWABLE,
)
"""The product's own fields, read from the first row of the product."""
OPTION_NAMES: Final = (Field.OPTION1_NAME, Field.OPTION2_NAME, Field.OPTION3_NAME)
OPTION_VALUES: Final = (Field.OPTION1_VALUE, Field.OPTION2_VALUE, Field.OPTION3_VALUE)
EXPORTED: Final = tuple(field for field in Field if field not in {Field.CATEGORY, Field.PROBLEM})
"""The columns of the shop's own export."""
HEADER: Final = tuple(field.value for field in EXPORTED)
