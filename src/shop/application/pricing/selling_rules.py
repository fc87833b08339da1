"""Administration of the selling rules: one flow for zones, methods and tax rates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, TypeVar

import msgspec

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, ensure_expected
from shop.application.framework.stored_settings import keep_settings
from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import Page
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.pricing import CurrentRules, SellingRulesQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.fulfilment.shipping import ShippingMethod, ShippingZone
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.pricing.tax import TaxRate

NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})

R = TypeVar("R", bound=ShippingZone | ShippingMethod | TaxRate)
NewT = TypeVar("NewT", bound=msgspec.Struct)
PatchT = TypeVar("PatchT", bound=msgspec.Struct)
ViewT = TypeVar("ViewT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class RuleKind(Generic[R, NewT, PatchT, ViewT]):
    """The functions that create, change and show one kind of rule, and its names in the audit trail."""

    name: str
    of: Callable[[SellingRules], tuple[R, ...]]
    create: Callable[[str, NewT], R]
    """Creates a rule from its id and the input. Raises ValidationFailed."""
    revise: Callable[[R, PatchT], R]
    """Returns the changed rule. Raises ValidationFailed."""
    view: Callable[[R], ViewT]
    created: AuditAction
    changed: AuditAction
    deleted: AuditAction


class AdministerRules(Generic[R, NewT, PatchT, ViewT]):
    """Admins: list, show, create, change and delete rules of one kind.

    Fails with NOT_FOUND for an unknown rule, VALIDATION_FAILED for bad terms, a conflict for a rule that contradicts
    another or is in use, PRECONDITION_FAILED, SETTING_CHANGED if a setting differs from the stored one.
    """

    def __init__(
        self,
        kind: RuleKind[R, NewT, PatchT, ViewT],
        unit_of_work: UnitOfWorkFactory,
        queries: SellingRulesQueries,
        current_rules: CurrentRules,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        kept_settings: Mapping[str, str] = NO_SETTINGS,
    ) -> None:
        self._kind = kind
        self._unit_of_work = unit_of_work
        self._queries = queries
        self._current_rules = current_rules
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._kept_settings = kept_settings
        """Settings, by variable, that give these rules their meaning: stored with the first rule."""

    async def page(self, page: int, limit: int) -> Page[ViewT]:
        """Return one page of the rules, oldest first."""
        rules = self._kind.of(await self._queries.read())
        shown = rules[(page - 1) * limit : page * limit]
        return Page(page, limit, len(rules), [self._kind.view(rule) for rule in shown])

    async def show(self, rule_id: str) -> tuple[ViewT, int]:
        """Return one rule and its version."""
        rule = self._found(await self._queries.read(), rule_id)
        return self._kind.view(rule), rule.version

    async def create(self, admin: Principal, new: NewT, key: IdempotencyKey | None) -> Outcome[ViewT]:
        """Create a rule."""
        outcome = await self._create(admin, new, key)
        self._current_rules.changed()
        return outcome

    async def change(
        self, admin: Principal, rule_id: str, patch: PatchT, expected: ExpectedVersions
    ) -> tuple[ViewT, int]:
        """Change a rule. Return it and its version."""
        changed = await self._change(admin, rule_id, patch, expected)
        self._current_rules.changed()
        return self._kind.view(changed), changed.version

    async def delete(self, admin: Principal, rule_id: str, expected: ExpectedVersions) -> None:
        """Delete a rule. Existing orders keep their terms."""
        await self._delete(admin, rule_id, expected)
        self._current_rules.changed()

    @retry_on_conflict
    async def _create(self, admin: Principal, new: NewT, key: IdempotencyKey | None) -> Outcome[ViewT]:
        rule = self._kind.create(self._ids.new_id(), new)
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            (await work.selling_rules.lock()).ensure_fits(rule)
            await keep_settings(work, self._kept_settings)
            await work.selling_rules.add(rule)
            view = self._kind.view(rule)
            await self._audit(work, admin, self._kind.created, rule.id, before=None, after=view)
            return await save_answer(work, key, view)

    @retry_on_conflict
    async def _change(self, admin: Principal, rule_id: str, patch: PatchT, expected: ExpectedVersions) -> R:
        async with self._unit_of_work() as work:
            rules = await work.selling_rules.lock()
            current = self._found(rules, rule_id)
            ensure_expected(current.version, expected)
            changed = self._kind.revise(current, patch)
            rules.ensure_fits(changed)
            await work.selling_rules.save(changed)
            before, after = self._kind.view(current), self._kind.view(changed)
            await self._audit(work, admin, self._kind.changed, rule_id, before=before, after=after)
        return changed

    @retry_on_conflict
    async def _delete(self, admin: Principal, rule_id: str, expected: ExpectedVersions) -> None:
        async with self._unit_of_work() as work:
            rules = await work.selling_rules.lock()
            current = self._found(rules, rule_id)
            ensure_expected(current.version, expected)
            rules.ensure_deletable(current)
            await work.selling_rules.delete(current)
            view = self._kind.view(current)
            await self._audit(work, admin, self._kind.deleted, rule_id, before=view, after=None)

    def _found(self, rules: SellingRules, rule_id: str) -> R:
        for rule in self._kind.of(rules):
            if rule.id == rule_id:
                return rule
        raise NotFound(self._kind.name)
