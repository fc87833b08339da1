"""The product: what the shop sells, and the adjustments of how many of it there are."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.text import has_control_characters, one_line, paragraphs, shows_something, tidy

MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 10_000
MAX_CATEGORY: Final = 100
MAX_SKU: Final = 64
MAX_IMAGE_URL: Final = 2_000
MAX_STOCK: Final = 1_000_000_000
MAX_REASON: Final = 500

_ADDRESS: Final = re.compile(r"(?:https://[^\s/?#\\][^\s\\]*|/(?![/\\])[^\s\\]*)", re.IGNORECASE)
"""An https address, or a path of the shop's own. `//host` and `/\\host` would be another host's to a browser."""


class SkuTaken(ShopError):
    """Another product has this sku."""

    code: ClassVar[str] = "SKU_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another product has this sku.", {"sku": "is taken"})


class StockTooLow(ShopError):
    """The stock can't go below zero; `details.available` is what there is."""

    code: ClassVar[str] = "STOCK_TOO_LOW"

    def __init__(self, available: int, change: int) -> None:
        super().__init__(
            f"There are only {available} units: {-change} can't be taken away.", {"available": available}
        )


class StockMismatch(ShopError):
    """The stock is not what the caller expected; `details.available` is what it is."""

    code: ClassVar[str] = "STOCK_MISMATCH"

    def __init__(self, expected: int, available: int) -> None:
        super().__init__(
            f"The stock is {available}, not {expected}.", {"expected": expected, "available": available}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product; prices in minor units of the shop's currency. Its stock is kept apart: sales move it, edits don't.

    Every text is tidied, control characters are dropped from all but the sku and the picture's address, and an
    optional text that shows nothing is none. Construction raises ValidationFailed, naming every field that breaks its
    rule. Verbs return the next version.
    """

    id: str
    name: str
    price: int
    created_at: datetime
    updated_at: datetime
    sku: str | None = None
    description: str = ""
    category: str | None = None
    compare_at_price: int | None = None
    image_url: str | None = None
    active: bool = True
    deleted: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        category = one_line(self.category or "")
        texts = {
            "name": one_line(self.name),
            "description": paragraphs(self.description),
            "category": category if shows_something(category) else None,
            "sku": tidy(self.sku or "") or None,
            "image_url": tidy(self.image_url or "") or None,
        }
        for field, text in texts.items():
            object.__setattr__(self, field, text)
        if reasons := dict(self._broken_rules()):
            raise ValidationFailed(reasons)
        assert self.version >= 1
        assert not (self.deleted and self.sku), "a deleted product lets its sku go"

    @property
    def listed(self) -> bool:
        """Whether visitors see it."""
        return self.active and not self.deleted

    @property
    def on_sale(self) -> bool:
        """Whether visitors see it at less than it is compared with."""
        return self.listed and self.compare_at_price is not None and self.compare_at_price > self.price

    def revise(
        self,
        *,
        name: str,
        price: int,
        sku: str | None,
        description: str,
        category: str | None,
        compare_at_price: int | None,
        image_url: str | None,
        active: bool,
        at: datetime,
    ) -> Self:
        """Everything that a shop owner edits, what stays the same included. Raises ValidationFailed."""
        assert not self.deleted
        return replace(
            self,
            name=name,
            price=price,
            sku=sku,
            description=description,
            category=category,
            compare_at_price=compare_at_price,
            image_url=image_url,
            active=active,
            updated_at=at,
            version=self.version + 1,
        )

    def delete(self, at: datetime) -> Self:
        """Take it out of the shop for good. Its sku is free again: orders have their own copy of it."""
        assert not self.deleted
        return replace(self, deleted=True, sku=None, updated_at=at, version=self.version + 1)

    def _broken_rules(self) -> list[tuple[str, str]]:
        rules = [
            (
                "name",
                _length_rule(self.name, MAX_NAME) if shows_something(self.name) else "must not be blank",
            ),
            ("sku", _sku_rule(self.sku)),
            ("category", _length_rule(self.category, MAX_CATEGORY)),
            ("description", _length_rule(self.description, MAX_DESCRIPTION)),
            ("imageUrl", _length_rule(self.image_url, MAX_IMAGE_URL) or _address_rule(self.image_url)),
            ("price", _amount_rule(self.price)),
            ("compareAtPrice", _amount_rule(self.compare_at_price) or self._comparison_rule()),
        ]
        return [(field, reason) for field, reason in rules if reason]

    def _comparison_rule(self) -> str | None:
        if self.compare_at_price is None or self.compare_at_price >= self.price:
            return None
        return "must not be below the price"


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """A change of the stock that is no sale: units that came, broke or were counted anew."""

    id: str
    product_id: str
    change: int
    available: int
    """The stock after it."""
    reason: str | None
    made_by: str
    """A user's id."""
    at: datetime

    def __post_init__(self) -> None:
        if self.available < 0:
            raise StockTooLow(self.available - self.change, self.change)
        ensure_possible_stock(self.available, "change", "leave a stock")
        object.__setattr__(self, "reason", checked_reason(self.reason))


def checked_reason(reason: str | None) -> str | None:
    """Return why somebody changes something, tidied; None if it is blank. Raises ValidationFailed."""
    text = paragraphs(reason or "")
    if rule := _length_rule(text, MAX_REASON):
        raise ValidationFailed({"reason": rule})
    return text or None


def ensure_possible_stock(units: int, field: str, verb: str = "be") -> None:
    """Raises ValidationFailed naming `field` (which must `verb` a possible number) outside 0–MAX_STOCK."""
    if not 0 <= units <= MAX_STOCK:
        raise ValidationFailed({field: f"must {verb} between 0 and {MAX_STOCK}"})


def change_to(units: int, expected: int, available: int) -> int:
    """By how much the stock must change to be `units`. Raises StockMismatch unless it is as expected."""
    if available != expected:
        raise StockMismatch(expected, available)
    return units - available


def _length_rule(text: str | None, longest: int) -> str | None:
    return f"must be at most {longest} characters" if text is not None and len(text) > longest else None


def _sku_rule(sku: str | None) -> str | None:
    if sku is None:
        return None
    if has_control_characters(sku):
        return "must not contain control characters"
    return _length_rule(sku, MAX_SKU) if shows_something(sku) else "must show something"


def _address_rule(url: str | None) -> str | None:
    if url is None or (_ADDRESS.fullmatch(url) and not has_control_characters(url)):
        return None
    return "must be an https address or a path that begins with a slash"


def _amount_rule(amount: int | None) -> str | None:
    if amount is None or 0 <= amount <= MAX_MINOR_UNITS:
        return None
    return f"must be between 0 and {MAX_MINOR_UNITS} minor units"
