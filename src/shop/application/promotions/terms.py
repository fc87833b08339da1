"""The terms of promo codes: inputs, views, and their conversion."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.framework.inputs import Id, Limit, MajorUnits, Moment, takes_back
from shop.application.limits import Code, PositiveAmount
from shop.application.ports.system import Clock
from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.promotions.promo_code import MAX_TARGETS, Discount, PromoCode

TargetIds = Annotated[list[Id], msgspec.Meta(max_length=MAX_TARGETS)]


class PromoCodeTermsInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new code. `value` is a whole percentage or an amount in major units; free shipping has none.

    Times are ISO 8601 with a zone. `item_ids` and `category_ids` limit the code to these products and variants, and
    to products in these categories or below; `min_subtotal` then counts only them.
    """

    code: Code
    type: Discount
    value: PositiveAmount | None = None
    min_subtotal: MajorUnits | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    usage_limit: Limit | None = None
    per_customer_limit: Limit | None = None
    item_ids: TargetIds = []
    category_ids: TargetIds = []
    public: bool = False
    active: bool = True


class PromoCodeView(msgspec.Struct, frozen=True, rename="camel"):
    """A code and its rules; `used` says that no customer can use it any more."""

    code: str
    type: Discount
    value: Decimal | None
    currency: str
    used: bool
    min_subtotal: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    usage_limit: int | None
    per_customer_limit: int | None
    item_ids: tuple[str, ...]
    category_ids: tuple[str, ...]
    public: bool
    active: bool
    times_used: int


@takes_back(PromoCodeView)
class PromoCodePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored."""

    type: Discount | UnsetType = UNSET
    value: PositiveAmount | UnsetType | None = UNSET
    min_subtotal: MajorUnits | UnsetType | None = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    usage_limit: Limit | UnsetType | None = UNSET
    per_customer_limit: Limit | UnsetType | None = UNSET
    item_ids: TargetIds | UnsetType = UNSET
    category_ids: TargetIds | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PromoCodeTerms:
    """Converts promo code inputs to entities and entities to views, in the shop's currency."""

    def __init__(self, clock: Clock, currency: Currency) -> None:
        self._clock = clock
        self._currency = currency

    def view(self, code: PromoCode) -> PromoCodeView:
        major = self._currency.to_major
        return PromoCodeView(
            code=code.code,
            type=code.type,
            value=worth(code, self._currency),
            currency=self._currency.code,
            used=code.is_spent(self._clock.now()),
            min_subtotal=None if code.min_subtotal is None else major(code.min_subtotal),
            starts_at=code.starts_at,
            ends_at=code.ends_at,
            usage_limit=code.usage_limit,
            per_customer_limit=code.per_customer_limit,
            item_ids=code.item_ids,
            category_ids=code.category_ids,
            public=code.public,
            active=code.active,
            times_used=code.times_used,
        )

    def create(self, code_id: str, terms: PromoCodeTermsInput) -> PromoCode:
        """Return a new code. Raises ValidationFailed."""
        return PromoCode(
            id=code_id,
            code=terms.code,
            type=terms.type,
            value=self._value(terms.type, terms.value),
            created_at=self._clock.now(),
            min_subtotal=self._minimum(terms.min_subtotal),
            starts_at=_moment(terms.starts_at, "starts_at"),
            ends_at=_moment(terms.ends_at, "ends_at"),
            usage_limit=terms.usage_limit,
            per_customer_limit=terms.per_customer_limit,
            item_ids=_distinct(terms.item_ids),
            category_ids=_distinct(terms.category_ids),
            public=terms.public,
            active=terms.active,
        )

    def revise(self, code: PromoCode, patch: PromoCodePatch) -> PromoCode:
        """Return the changed code. Raises ValidationFailed, LimitBelowUses."""
        kind = code.type if patch.type is UNSET else patch.type
        if patch.value is not UNSET:
            value = self._value(kind, patch.value)
        elif kind is code.type or kind is Discount.FREE_SHIPPING:
            value = code.value if kind is code.type else 0
        else:
            raise ValidationFailed({"value": "is required when the type changes"})
        changes = {
            "type": kind,
            "value": value,
            "min_subtotal": UNSET if patch.min_subtotal is UNSET else self._minimum(patch.min_subtotal),
            "starts_at": UNSET if patch.starts_at is UNSET else _moment(patch.starts_at, "starts_at"),
            "ends_at": UNSET if patch.ends_at is UNSET else _moment(patch.ends_at, "ends_at"),
            "usage_limit": patch.usage_limit,
            "per_customer_limit": patch.per_customer_limit,
            "item_ids": UNSET if patch.item_ids is UNSET else _distinct(patch.item_ids),
            "category_ids": UNSET if patch.category_ids is UNSET else _distinct(patch.category_ids),
            "public": patch.public,
            "active": patch.active,
        }
        return code.revise(**{field: change for field, change in changes.items() if change is not UNSET})

    def _value(self, kind: Discount, value: MajorUnits | None) -> int:
        if kind is Discount.FREE_SHIPPING:
            if value is not None:
                raise ValidationFailed({"value": "must be left out"})
            return 0
        if value is None:
            raise ValidationFailed({"value": "is required"})
        if kind is Discount.FIXED:
            return self._currency.price_to_minor(value, "value")
        if not 1 <= value <= 100 or value != int(value):
            raise ValidationFailed({"value": "must be a whole percentage from 1 to 100"})
        return int(value)

    def _minimum(self, amount: MajorUnits | None) -> int | None:
        return None if amount is None else self._currency.to_minor(amount, "min_subtotal")


def worth(code: PromoCode, currency: Currency) -> Decimal | None:
    """Return the percentage, or the amount in major units; None for free shipping."""
    if code.type is Discount.FREE_SHIPPING:
        return None
    return Decimal(code.value) if code.type is Discount.PERCENT else currency.to_major(code.value)


def _distinct(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))


def _moment(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValidationFailed({field: "must be between the years 1 and 9999 in UTC"}) from None
