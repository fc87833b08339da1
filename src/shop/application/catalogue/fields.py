"""Limits of product and variant fields, as stated in the API description."""

from typing import Annotated

import msgspec

from shop.application.framework.inputs import Id, text
from shop.domain.catalogue.attributes import (
    MAX_ATTRIBUTE_NAME,
    MAX_ATTRIBUTE_NUMBER,
    MAX_ATTRIBUTE_VALUE,
    MAX_ATTRIBUTES,
)
from shop.domain.catalogue.category import MAX_CATEGORIES_PER_PRODUCT, MAX_CATEGORY
from shop.domain.catalogue.product import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_TAX_CLASS,
    MAX_VENDOR,
)
from shop.domain.catalogue.slug import MAX_SLUG
from shop.domain.catalogue.stock import MAX_STOCK
from shop.domain.catalogue.variant import (
    MAX_BARCODE,
    MAX_IMAGE_URL,
    MAX_OPTION_NAME,
    MAX_OPTION_VALUE,
    MAX_SKU,
    MAX_WEIGHT,
)

Name = Annotated[str, text(MAX_NAME, 1)]
Sku = Annotated[str, text(MAX_SKU)]
Description = Annotated[str, text(MAX_DESCRIPTION)]
Category = Annotated[str, text(MAX_CATEGORY)]
Slug = Annotated[str, text(MAX_SLUG, 1)]
CategoryIds = Annotated[list[Id], msgspec.Meta(max_length=MAX_CATEGORIES_PER_PRODUCT)]
Vendor = Annotated[str, text(MAX_VENDOR)]
TaxClass = Annotated[str, text(MAX_TAX_CLASS, 1)]
ImageUrl = Annotated[str, text(MAX_IMAGE_URL, format="uri-reference")]
Stock = Annotated[int, msgspec.Meta(ge=0, le=MAX_STOCK)]
Weight = Annotated[int, msgspec.Meta(ge=0, le=MAX_WEIGHT)]
Barcode = Annotated[str, text(MAX_BARCODE)]
OptionName = Annotated[str, text(MAX_OPTION_NAME, 1)]
Choices = dict[str, Annotated[str, text(MAX_OPTION_VALUE, 1)]]
_Number = msgspec.Meta(ge=-MAX_ATTRIBUTE_NUMBER, le=MAX_ATTRIBUTE_NUMBER)
AttributeValue = (
    Annotated[str, text(MAX_ATTRIBUTE_VALUE, 1)] | Annotated[int, _Number] | Annotated[float, _Number] | bool
)
Attributes = Annotated[
    dict[Annotated[str, text(MAX_ATTRIBUTE_NAME, 1)], AttributeValue], msgspec.Meta(max_length=MAX_ATTRIBUTES)
]
