"""Limits of fields shared by several modules, as stated in the API description."""

from typing import Annotated

import msgspec

from shop.application.framework.inputs import MajorUnits, text
from shop.domain.carts.cart import MAX_QUANTITY
from shop.domain.promotions.promo_code import CODE_CHARACTERS, MAX_CODE_LENGTH, MIN_CODE_LENGTH
from shop.domain.rules import MAX_REASON

Code = Annotated[str, text(MAX_CODE_LENGTH, MIN_CODE_LENGTH, pattern=f"^{CODE_CHARACTERS}+$")]
CurrencyCode = Annotated[str, text(3, 3, pattern="^[A-Z]{3}$")]
PositiveAmount = Annotated[MajorUnits, msgspec.Meta(extra_json_schema={"exclusiveMinimum": 0})]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
Reason = Annotated[str, text(MAX_REASON)]
