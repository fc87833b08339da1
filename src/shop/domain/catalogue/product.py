"""The product: what the shop sells, and the adjustments of how many of it there are."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS

MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 10_000
MAX_CATEGORY: Final = 100
MAX_SKU: Final = 64
MAX_IMAGE_URL: Final = 2_000
MAX_STOCK: Final = 1_000_000_000
MAX_REASON: Final = 500

# Control characters, and surrogates, which have no UTF-8.
_NOT_IN_LINES: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_PARAGRAPHS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


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

    Surrounding white space is taken off every text, an empty optional text is none. Construction raises
    ValidationFailed, naming every field that breaks its rule. Verbs return the next version.
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
        for field, empty in (
            ("name", ""),
            ("description", ""),
            ("sku", None),
            ("category", None),
            ("image_url", None),
        ):
            object.__setattr__(self, field, (getattr(self, field) or "").strip() or empty)
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
            ("name", _text_rule(self.name, MAX_NAME) if self.name else "must not be blank"),
            ("sku", _text_rule(self.sku, MAX_SKU)),
            ("category", _text_rule(self.category, MAX_CATEGORY)),
            ("description", _text_rule(self.description, MAX_DESCRIPTION, lines=True)),
            ("imageUrl", _text_rule(self.image_url, MAX_IMAGE_URL) or _url_rule(self.image_url)),
            ("price", _amount_rule(self.price)),
            ("compareAtPrice", _amount_rule(self.compare_at_price)),
        ]
        return [(field, reason) for field, reason in rules if reason]


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
        checked_reason(self.reason)


def checked_reason(reason: str | None) -> str | None:
    """Why somebody changes something, without surrounding white space; None for nothing but that.

    Raises ValidationFailed.
    """
    if rule := _text_rule(reason, MAX_REASON, lines=True):
        raise ValidationFailed({"reason": rule})
    return (reason or "").strip() or None


def ensure_possible_stock(units: int, field: str, verb: str = "be") -> None:
    """Raises ValidationFailed naming `field` (which must `verb` a possible number) outside 0–MAX_STOCK."""
    if not 0 <= units <= MAX_STOCK:
        raise ValidationFailed({field: f"must {verb} between 0 and {MAX_STOCK}"})


def change_to(units: int, expected: int, available: int) -> int:
    """By how much the stock must change to be `units`. Raises StockMismatch unless it is as expected."""
    if available != expected:
        raise StockMismatch(expected, available)
    return units - available


def _text_rule(text: str | None, longest: int, *, lines: bool = False) -> str | None:
    if text is None:
        return None
    if len(text) > longest:
        return f"must be at most {longest} characters"
    if (_NOT_IN_PARAGRAPHS if lines else _NOT_IN_LINES).search(text):
        return "must not contain control characters"
    return None


def _url_rule(url: str | None) -> str | None:
    if url is None:
        return None
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest or rest[0] in "/?#" or " " in url:
        return "must be an http or https address"
    return None


def _amount_rule(amount: int | None) -> str | None:
    if amount is None or 0 <= amount <= MAX_MINOR_UNITS:
        return None
    return f"must be between 0 and {MAX_MINOR_UNITS} minor units"
