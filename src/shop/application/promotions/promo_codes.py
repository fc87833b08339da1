"""Promo codes: administration, and checks of whether a code can be used."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.framework.idempotent_requests import claim, save_answer
from shop.application.framework.inputs import Limit, Moment, takes_back
from shop.application.framework.major_units import MajorUnits
from shop.application.framework.preconditions import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import run_again
from shop.application.framework.views import encode
from shop.application.limits import Code, PositiveAmount
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.money import Currency
from shop.domain.promotions.promo_code import Discount, PromoCode


class PromoCodeTermsInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new code. `value` is a whole percentage or an amount in major units; times are ISO 8601 with a zone."""

    code: Code
    type: Discount
    value: PositiveAmount
    min_subtotal: MajorUnits | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    usage_limit: Limit | None = None
    per_customer_limit: Limit | None = None
    public: bool = False
    active: bool = True


class PromoCodeView(msgspec.Struct, frozen=True, rename="camel"):
    """A code and its rules; `used` says that no customer can use it any more."""

    code: str
    type: Discount
    value: Decimal
    currency: str
    used: bool
    min_subtotal: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    usage_limit: int | None
    per_customer_limit: int | None
    public: bool
    active: bool
    times_used: int


@takes_back(PromoCodeView)
class PromoCodePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What to change; a field left out keeps its value. Read-only fields may come back and are ignored."""

    type: Discount | UnsetType = UNSET
    value: PositiveAmount | UnsetType = UNSET
    min_subtotal: MajorUnits | UnsetType | None = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET
    usage_limit: Limit | UnsetType | None = UNSET
    per_customer_limit: Limit | UnsetType | None = UNSET
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
            value=Decimal(code.value) if code.type is Discount.PERCENT else major(code.value),
            currency=self._currency.code,
            used=code.is_spent(self._clock.now()),
            min_subtotal=None if code.min_subtotal is None else major(code.min_subtotal),
            starts_at=code.starts_at,
            ends_at=code.ends_at,
            usage_limit=code.usage_limit,
            per_customer_limit=code.per_customer_limit,
            public=code.public,
            active=code.active,
            times_used=code.times_used,
        )

    def create(self, code_id: str, terms: PromoCodeTermsInput) -> PromoCode:
        """Raises ValidationFailed."""
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
            public=terms.public,
            active=terms.active,
        )

    def revise(self, code: PromoCode, patch: PromoCodePatch) -> PromoCode:
        """Raises ValidationFailed, LimitBelowUses."""
        kind = code.type if patch.type is UNSET else patch.type
        value = code.value if patch.value is UNSET else self._value(kind, patch.value)
        if kind is not code.type and patch.value is UNSET:
            raise ValidationFailed({"value": "must come along when the type changes"})
        changes = {
            "type": kind,
            "value": value,
            "min_subtotal": UNSET if patch.min_subtotal is UNSET else self._minimum(patch.min_subtotal),
            "starts_at": UNSET if patch.starts_at is UNSET else _moment(patch.starts_at, "starts_at"),
            "ends_at": UNSET if patch.ends_at is UNSET else _moment(patch.ends_at, "ends_at"),
            "usage_limit": patch.usage_limit,
            "per_customer_limit": patch.per_customer_limit,
            "public": patch.public,
            "active": patch.active,
        }
        return code.revise(**{field: change for field, change in changes.items() if change is not UNSET})

    def _value(self, kind: Discount, value: MajorUnits) -> int:
        if kind is Discount.FIXED:
            return self._currency.price_to_minor(value, "value")
        if not 1 <= value <= 100 or value != int(value):
            raise ValidationFailed({"value": "must be a whole percentage from 1 to 100"})
        return int(value)

    def _minimum(self, amount: MajorUnits | None) -> int | None:
        return None if amount is None else self._currency.to_minor(amount, "min_subtotal")


class CreatePromoCode:
    """Admins: create a promo code.

    Fails with a conflict when the code is taken (compared without case), VALIDATION_FAILED for invalid fields.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, ids: Ids, terms: PromoCodeTerms, audit: Audit
    ) -> None:
        self._unit_of_work = unit_of_work
        self._ids = ids
        self._terms = terms
        self._audit = audit

    @run_again
    async def __call__(
        self, admin: Principal, terms: PromoCodeTermsInput, key: IdempotencyKey | None = None
    ) -> Answer:
        code = self._terms.create(self._ids.new_id(), terms)
        async with self._unit_of_work() as work:
            if isinstance(earlier := await claim(work, key, code.created_at), Answer):
                return earlier
            await work.promo_codes.add(code)
            view = self._terms.view(code)
            await self._audit(work, admin, AuditAction.PROMO_CODE_CREATED, code.key, before=None, after=view)
            return await save_answer(work, key, encode(view))


class ChangePromoCode:
    """Admins: change a promo code. Past orders keep their discounts.

    Fails with NOT_FOUND for an unknown code, a conflict for a limit below the uses so far, PRECONDITION_FAILED,
    VALIDATION_FAILED for bad terms.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, terms: PromoCodeTerms, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._terms = terms
        self._audit = audit

    @run_again
    async def __call__(
        self, admin: Principal, code: str, patch: PromoCodePatch, expected: ExpectedVersions = None
    ) -> PromoCode:
        async with self._unit_of_work() as work:
            present = await work.promo_codes.lock(code)
            if present is None:
                raise NotFound("promo code")
            ensure_expected(present.version, expected)
            revised = self._terms.revise(present, patch)
            await work.promo_codes.save(revised)
            old, new = self._terms.view(present), self._terms.view(revised)
            await self._audit(work, admin, AuditAction.PROMO_CODE_CHANGED, present.key, before=old, after=new)
        return revised


class DeletePromoCode:
    """Admins: delete a promo code. Past orders keep their discounts.

    Fails with NOT_FOUND for an unknown code, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, terms: PromoCodeTerms, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._terms = terms
        self._audit = audit

    @run_again
    async def __call__(self, admin: Principal, code: str, expected: ExpectedVersions = None) -> None:
        async with self._unit_of_work() as work:
            present = await work.promo_codes.lock(code)
            if present is None:
                raise NotFound("promo code")
            ensure_expected(present.version, expected)
            await work.promo_codes.delete(present)
            view = self._terms.view(present)
            await self._audit(
                work, admin, AuditAction.PROMO_CODE_DELETED, present.key, before=view, after=None
            )


class CheckPromoCode:
    """Users: get a promo code if the caller could use it now; otherwise fail with a conflict and the reason.

    Fails with NOT_FOUND for an unknown code.
    """

    def __init__(self, promo_codes: PromoCodeQueries, clock: Clock) -> None:
        self._promo_codes = promo_codes
        self._clock = clock

    async def __call__(self, code: str, user_id: str) -> PromoCode:
        found = await self._promo_codes.promo_code(code, user_id)
        if found is None:
            raise NotFound("promo code")
        promo_code, used_by_customer = found
        promo_code.ensure_usable(self._clock.now(), used_by_customer)
        return promo_code


def _moment(moment: datetime | None, field: str) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValidationFailed({field: "must be between the years 1 and 9999 in UTC"}) from None
