"""Promo codes: administration, and checks of whether a code can be used."""

from collections.abc import Sequence

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.application.promotions.terms import (
    PromoCodePatch,
    PromoCodeTerms,
    PromoCodeTermsInput,
    PromoCodeView,
)
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.outbox.event import EventType
from shop.domain.promotions.promo_code import CodeUser, PromoCode


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

    @retry_on_conflict
    async def __call__(
        self, admin: Principal, terms: PromoCodeTermsInput, key: IdempotencyKey | None = None
    ) -> Outcome[PromoCodeView]:
        code = self._terms.create(self._ids.new_id(), terms)
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, code.created_at)) is not None:
                return earlier
            await _ensure_known(work, code.item_ids, code.category_ids)
            await work.promo_codes.add(code)
            view = self._terms.view(code)
            await self._audit(work, admin, AuditAction.PROMO_CODE_CREATED, code.key, before=None, after=view)
            return await save_answer(work, key, view)


class ChangePromoCode:
    """Admins: change a promo code. Past orders keep their discounts.

    Fails with NOT_FOUND for an unknown code, a conflict for a limit below the uses so far, PRECONDITION_FAILED,
    VALIDATION_FAILED for bad terms.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, terms: PromoCodeTerms, audit: Audit, record: RecordEvents
    ) -> None:
        self._unit_of_work = unit_of_work
        self._terms = terms
        self._audit = audit
        self._record = record

    @retry_on_conflict
    async def __call__(
        self, admin: Principal, code: str, patch: PromoCodePatch, expected: ExpectedVersions = None
    ) -> PromoCode:
        async with self._unit_of_work() as work:
            current = await work.promo_codes.lock(code)
            if current is None:
                raise NotFound("promo code")
            ensure_expected(current.version, expected)
            revised = self._terms.revise(current, patch)
            # Ids of deleted targets may stay, since clients send back what they have read.
            await _ensure_known(
                work,
                [each for each in revised.item_ids if each not in current.item_ids],
                [each for each in revised.category_ids if each not in current.category_ids],
            )
            await work.promo_codes.save(revised)
            old, new = self._terms.view(current), self._terms.view(revised)
            await self._audit(work, admin, AuditAction.PROMO_CODE_CHANGED, current.key, before=old, after=new)
            if revised.is_used_up and not current.is_used_up:
                await self._record(work, EventType.PROMO_CODE_EXHAUSTED, revised.code, new)
        return revised


class DeletePromoCode:
    """Admins: delete a promo code. Past orders keep their discounts.

    Fails with NOT_FOUND for an unknown code, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, terms: PromoCodeTerms, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._terms = terms
        self._audit = audit

    @retry_on_conflict
    async def __call__(self, admin: Principal, code: str, expected: ExpectedVersions = None) -> None:
        async with self._unit_of_work() as work:
            current = await work.promo_codes.lock(code)
            if current is None:
                raise NotFound("promo code")
            ensure_expected(current.version, expected)
            await work.promo_codes.delete(current)
            view = self._terms.view(current)
            await self._audit(
                work, admin, AuditAction.PROMO_CODE_DELETED, current.key, before=view, after=None
            )


class CheckPromoCode:
    """Users: get a promo code if the caller could use it now; otherwise fail with a conflict and the reason.

    Fails with NOT_FOUND for an unknown code.
    """

    def __init__(self, promo_codes: PromoCodeQueries, clock: Clock) -> None:
        self._promo_codes = promo_codes
        self._clock = clock

    async def __call__(self, code: str, user: CodeUser) -> PromoCode:
        found = await self._promo_codes.promo_code(code, user)
        if found is None:
            raise NotFound("promo code")
        promo_code, used_by_customer = found
        promo_code.ensure_usable(self._clock.now(), used_by_customer)
        return promo_code


async def _ensure_known(work: UnitOfWork, item_ids: Sequence[str], category_ids: Sequence[str]) -> None:
    """Raise ValidationFailed, naming the field, for an id that no product, variant or category has."""
    known = await work.products.known_ids(item_ids) if item_ids else frozenset()
    if unknown := [item_id for item_id in item_ids if item_id not in known]:
        raise ValidationFailed({"item_ids": f"must be ids of products or variants, unlike {unknown[0]}"})
    categories = (await work.categories.read()).categories if category_ids else {}
    if unknown := [category_id for category_id in category_ids if category_id not in categories]:
        raise ValidationFailed({"category_ids": f"must be ids of categories, unlike {unknown[0]}"})
