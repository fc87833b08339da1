"""Promo codes: when they apply, and how much they take off."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS, Currency, half_up
from shop.domain.versions import FIRST_VERSION

MIN_CODE_LENGTH: Final = 3
MAX_CODE_LENGTH: Final = 40
CODE_CHARACTERS: Final = "[A-Za-z0-9_-]"
MAX_TARGETS: Final = 250
"""The maximum number of products and variants, and of categories, that a code can be limited to."""

_CODE: Final = re.compile(f"{CODE_CHARACTERS}{{{MIN_CODE_LENGTH},{MAX_CODE_LENGTH}}}", re.ASCII)


class Discount(StrEnum):
    """What a code does: takes whole per cent or minor units (`value`) off the subtotal, or the shipping's price."""

    PERCENT = "percent"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"
    """No value: the shipping costs nothing."""


class PromoCodeTaken(ShopError):
    code: ClassVar[str] = "PROMO_CODE_TAKEN"

    def __init__(self) -> None:
        super().__init__("This promo code already exists.", {"code": "is taken"})


class LimitBelowUses(ShopError):
    """A usage limit can't be set below the number of uses so far."""

    code: ClassVar[str] = "LIMIT_BELOW_USES"

    def __init__(self, times_used: int) -> None:
        super().__init__(
            f"The code was used {times_used} times already; its limit can't be lower.",
            {"usage_limit": f"must be at least {times_used}", "times_used": times_used},
        )


class Refusal(StrEnum):
    """Why a known code does not apply."""

    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    USED_UP = "used_up"
    CUSTOMER_LIMIT = "customer_limit"
    MINIMUM_NOT_REACHED = "minimum_not_reached"
    COVERS_NO_ITEM = "covers_no_item"
    """Only shown in the cart: the checkout leaves such a code out."""


_SENTENCES: Final = {
    Refusal.INACTIVE: "is switched off",
    Refusal.NOT_STARTED: "is not valid yet",
    Refusal.ENDED: "is no longer valid",
    Refusal.USED_UP: "has been used up",
    Refusal.CUSTOMER_LIMIT: "has reached its limit per customer",
    Refusal.MINIMUM_NOT_REACHED: "needs a higher subtotal",
    Refusal.COVERS_NO_ITEM: "applies to no available item of this cart",
}


class PromoCodeNotApplicable(ShopError):
    """The code is known but can't be used here and now; `details.reason` is a `Refusal`."""

    code: ClassVar[str] = "PROMO_CODE_NOT_APPLICABLE"

    def __init__(self, promo_code: str, refusal: Refusal) -> None:
        super().__init__(
            f"The promo code {promo_code} {_SENTENCES[refusal]}.",
            {"promo_code": promo_code, "reason": refusal.value},
        )
        self.refusal = refusal


def folded_code(code: str) -> str:
    """Return the form in which codes are compared: without case."""
    return code.casefold()


@dataclass(frozen=True, slots=True)
class CodeUser:
    """What per-customer limits count as one customer: an account, an email address (as a digest), or both.

    An account and the email address that it has verified are one customer too. Both are None for a guest before the
    checkout.
    """

    user_id: str | None = None
    email_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class PromoCode:
    """A code and its rules. `value` is 1–100 per cent, minor units, or 0 for free shipping.

    The window is `[starts_at, ends_at)`. `item_ids` and `category_ids` limit the code to these variants, to all
    variants of these products, and to products in these categories or below; with neither it applies to every line.
    """

    id: str
    code: str
    type: Discount
    value: int
    created_at: datetime
    min_subtotal: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    usage_limit: int | None = None
    per_customer_limit: int | None = None
    public: bool = False
    active: bool = True
    times_used: int = 0
    version: int = FIRST_VERSION
    item_ids: tuple[str, ...] = ()
    category_ids: tuple[str, ...] = ()
    products_in_categories: frozenset[str] = frozenset()
    """The products being priced that are in `category_ids` or below. Filled on reading, never stored."""

    def __post_init__(self) -> None:
        faults: dict[str, str] = {}
        if not _CODE.fullmatch(self.code):
            faults["code"] = "must be 3 to 40 letters, digits, - or _"
        if rule := _value_rule(self.type, self.value):
            faults["value"] = rule
        if self.min_subtotal is not None and not 0 <= self.min_subtotal <= MAX_MINOR_UNITS:
            faults["min_subtotal"] = "must not be negative or too large an amount"
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            faults["ends_at"] = "must be after the beginning"
        for field, targets in (("item_ids", self.item_ids), ("category_ids", self.category_ids)):
            if len(targets) > MAX_TARGETS:
                faults[field] = f"must be at most {MAX_TARGETS}"
        for field, limit in (
            ("usage_limit", self.usage_limit),
            ("per_customer_limit", self.per_customer_limit),
        ):
            if limit is not None and not 1 <= limit <= 2**31 - 1:
                faults[field] = "must be between 1 and 2147483647"
        if faults:
            raise ValidationFailed(faults)
        assert self.times_used >= 0

    def revise(self, **changes: Any) -> Self:
        """Return the code with new rules and the next version. Raises ValidationFailed, LimitBelowUses."""
        revised = replace(self, version=self.version + 1, **changes)
        if revised.usage_limit is not None and revised.usage_limit < self.times_used:
            raise LimitBelowUses(self.times_used)
        return revised

    @property
    def ships_free(self) -> bool:
        """Return whether the code makes shipping free."""
        return self.type is Discount.FREE_SHIPPING

    @property
    def key(self) -> str:
        return folded_code(self.code)

    def used_up(self) -> Self:
        """Return the code with all uses that its limit allows."""
        assert self.usage_limit is not None
        return replace(self, times_used=self.usage_limit)

    @property
    def is_used_up(self) -> bool:
        return self.usage_limit is not None and self.times_used >= self.usage_limit

    def is_spent(self, at: datetime) -> bool:
        """Return whether no customer can use it any more: it is used up or past its window."""
        return self.is_used_up or (self.ends_at is not None and at >= self.ends_at)

    def ensure_usable(self, at: datetime, used_by_customer: int) -> None:
        """Raise PromoCodeNotApplicable unless this customer may use it now. `discount_on` checks the subtotal."""
        if refusal := self._refusal(at, used_by_customer):
            raise PromoCodeNotApplicable(self.code, refusal)

    def covers(self, item_id: str, product_id: str | None) -> bool:
        """Return whether the code applies to this variant of this product."""
        if not self.item_ids and not self.category_ids:
            return True
        return not {item_id, product_id}.isdisjoint({*self.item_ids, *self.products_in_categories})

    def discount_on(self, subtotal: int, currency: Currency) -> int:
        """Return the discount in minor units on the covered lines, whose sum before discounts is `subtotal`.

        It is at most `subtotal`, and rounded half up to the currency's payable step. Raises
        PromoCodeNotApplicable when `subtotal` is below the minimum.
        """
        if self.min_subtotal is not None and subtotal < self.min_subtotal:
            raise PromoCodeNotApplicable(self.code, Refusal.MINIMUM_NOT_REACHED)
        if self.type is Discount.FREE_SHIPPING:
            return 0
        if self.type is Discount.PERCENT:
            off = half_up(subtotal * self.value, 100, currency.payable_step)
        else:
            off = currency.to_payable(self.value)
        return min(off, subtotal)

    def _refusal(self, at: datetime, used_by_customer: int) -> Refusal | None:
        if not self.active:
            return Refusal.INACTIVE
        if self.starts_at is not None and at < self.starts_at:
            return Refusal.NOT_STARTED
        if self.ends_at is not None and at >= self.ends_at:
            return Refusal.ENDED
        if self.is_used_up:
            return Refusal.USED_UP
        if self.per_customer_limit is not None and used_by_customer >= self.per_customer_limit:
            return Refusal.CUSTOMER_LIMIT
        return None


def _value_rule(kind: Discount, value: int) -> str | None:
    """Return the rule that a value breaks; None if it is valid."""
    if kind is Discount.PERCENT and not 1 <= value <= 100:
        return "must be a whole percentage from 1 to 100"
    if kind is Discount.FIXED and not 1 <= value <= MAX_MINOR_UNITS:
        return "must be a positive amount"
    if kind is Discount.FREE_SHIPPING and value:
        return "must be left out"
    return None
