"""Administration of the category tree."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from msgspec import UNSET

from shop.application.audit.trail import Audit
from shop.application.catalogue.category_assignment import place_category
from shop.application.catalogue.category_views import (
    CategoryDeletedView,
    CategoryInput,
    CategoryPatch,
    ChangedCategoryView,
    TreeCategoryView,
    category_view,
)
from shop.application.catalogue.reindexing import ReindexCategories
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.categories import CategoryQueries, CurrentCategories
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.category import Category, CategoryInUse, CategoryTree, CategoryTreeBroken
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import NotFound, ValidationFailed

MAX_IMMEDIATE_REINDEX: Final = 1_000
"""If more products are affected, the worker reindexes them, and the response does not wait for it."""


@dataclass(frozen=True, slots=True)
class _Affected:
    """The categories whose products must be reindexed, and whether few enough to reindex immediately."""

    category_ids: Collection[str] = ()
    few: bool = True


class AdministerCategories:
    """Admins: create, change and delete categories.

    Fails with NOT_FOUND for an unknown category, VALIDATION_FAILED for bad terms, SLUG_TAKEN, CATEGORY_TREE for a
    cycle or a seventh level, CATEGORY_IN_USE, PRECONDITION_FAILED.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        queries: CategoryQueries,
        current: CurrentCategories,
        reindex: ReindexCategories,
        cache: CatalogueCache,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        *,
        max_immediate_reindex: int = MAX_IMMEDIATE_REINDEX,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._queries = queries
        self._current = current
        self._reindex = reindex
        self._cache = cache
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._max_immediate_reindex = max_immediate_reindex

    async def create(
        self, admin: Principal, new: CategoryInput, key: IdempotencyKey | None
    ) -> Outcome[TreeCategoryView]:
        """Create a category."""
        answer = await self._create(admin, new, key)
        self._changed()
        return answer

    async def change(
        self, admin: Principal, category_id: str, patch: CategoryPatch, expected: ExpectedVersions
    ) -> ChangedCategoryView:
        """Change a category. If more than 1,000 products are affected, the worker reindexes them."""
        changed, affected = await self._change(admin, category_id, patch, expected)
        reindexing = await self._follow(affected)
        view = category_view(changed, await self._queries.counts())
        return ChangedCategoryView(**msgspec.structs.asdict(view), reindexing=reindexing)

    async def delete(
        self, admin: Principal, category_id: str, move_to: str | None, expected: ExpectedVersions
    ) -> CategoryDeletedView:
        """Delete a category; `move_to` takes over its products and subcategories."""
        return CategoryDeletedView(
            reindexing=await self._follow(await self._delete(admin, category_id, move_to, expected))
        )

    def _changed(self) -> None:
        self._current.changed()
        self._cache.products_changed()

    async def _follow(self, affected: _Affected) -> bool:
        """Reindex the affected products now if they are few. Return whether the worker has to do it."""
        self._changed()
        if not affected.few:
            return True
        return bool(affected.category_ids) and await self._reindex.now(affected.category_ids)

    @retry_on_conflict
    async def _create(
        self, admin: Principal, new: CategoryInput, key: IdempotencyKey | None
    ) -> Outcome[TreeCategoryView]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            tree = await work.categories.lock()
            category_id = self._ids.new_id()
            slug = tree.slug_for(category_id, new.name) if new.slug is None else new.slug
            category = Category(id=category_id, name=new.name, slug=slug, parent_id=new.parent_id)
            placed = await self._store(work, tree, category, new.position)
            view = category_view(placed, {})
            await self._audit(work, admin, AuditAction.CATEGORY_CREATED, placed.id, before=None, after=view)
            return await save_answer(work, key, view)

    @retry_on_conflict
    async def _change(
        self, admin: Principal, category_id: str, patch: CategoryPatch, expected: ExpectedVersions
    ) -> tuple[Category, _Affected]:
        async with self._unit_of_work() as work:
            tree = await work.categories.lock()
            before = _found(tree, category_id, expected)
            category = replace(
                before,
                name=before.name if patch.name is UNSET else patch.name,
                slug=before.slug if patch.slug is UNSET else patch.slug,
                parent_id=before.parent_id if patch.parent_id is UNSET else patch.parent_id,
            )
            position = None if patch.position is UNSET else patch.position
            after = await self._store(work, tree, category, position)
            if after == before:
                return before, _Affected()
            await self._audit(
                work,
                admin,
                AuditAction.CATEGORY_CHANGED,
                category_id,
                before=_audited(before),
                after=_audited(after),
            )
            renamed = [category_id] if after.name != before.name else []
            moved = tree.below(category_id) if after.parent_id != before.parent_id else ()
            return after, await self._queue(work, [*renamed, *moved])

    @retry_on_conflict
    async def _delete(
        self, admin: Principal, category_id: str, move_to: str | None, expected: ExpectedVersions
    ) -> _Affected:
        async with self._unit_of_work() as work:
            tree = await work.categories.lock()
            category = _found(tree, category_id, expected)
            children = tree.children(category_id)
            replaced = [deleted for deleted, successor in tree.successors.items() if successor == category_id]
            products = await work.categories.count_products(
                [category_id, *replaced], self._max_immediate_reindex
            )
            affected = _Affected()
            if move_to is None:
                if products or children:
                    raise CategoryInUse(products, len(children))
            else:
                _ensure_can_take_over(tree, category, move_to)
                for child in children:
                    moved = replace(child, parent_id=move_to)
                    await self._store(work, await work.categories.read(), moved, None)
                affected = await self._queue(work, [*tree.below(category_id), *replaced])
            await work.categories.delete(category, move_to if products else None)
            view = _audited(category)
            await self._audit(work, admin, AuditAction.CATEGORY_DELETED, category_id, before=view, after=None)
            return affected

    async def _store(
        self, work: UnitOfWork, tree: CategoryTree, category: Category, position: int | None
    ) -> Category:
        """Store the category at its position, and the siblings whose positions change. Return it as stored.

        Raises SlugTaken, CategoryTreeBroken.
        """
        if any(each.slug == category.slug and each.id != category.id for each in tree.categories.values()):
            raise SlugTaken
        return await place_category(work, tree, category, position)

    async def _queue(self, work: UnitOfWork, category_ids: Collection[str]) -> _Affected:
        affected = sorted(set(category_ids))
        await work.categories.queue_reindexing(affected)
        count = await work.categories.count_products(affected, self._max_immediate_reindex + 1)
        return _Affected(affected, few=count <= self._max_immediate_reindex)


def _found(tree: CategoryTree, category_id: str, expected: ExpectedVersions) -> Category:
    category = tree.get(category_id)
    if category is None:
        raise NotFound("category")
    ensure_expected(category.version, expected)
    return category


def _ensure_can_take_over(tree: CategoryTree, category: Category, successor_id: str) -> None:
    if tree.get(successor_id) is None:
        raise ValidationFailed({"move_to": "must be the id of a category"})
    if category.id in tree.path(successor_id):
        raise CategoryTreeBroken("The category that takes over must not be this one, below it, or deleted.")


def _audited(category: Category) -> TreeCategoryView:
    """Return the category for the audit trail, without the number of products, which is derived."""
    return category_view(category, {})
