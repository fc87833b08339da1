"""Category inputs and views."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.catalogue.fields import Slug
from shop.application.framework.inputs import Id, takes_back, text
from shop.domain.catalogue.category import MAX_CATEGORIES, MAX_CATEGORY, Category

CategoryName = Annotated[str, text(MAX_CATEGORY, 1)]
Position = Annotated[int, msgspec.Meta(ge=0, le=MAX_CATEGORIES)]


class TreeCategoryView(msgspec.Struct, frozen=True, rename="camel"):
    """A category. `product_count` is the number of active products in it and below it, each counted once."""

    id: str
    slug: str
    name: str
    parent_id: str | None
    position: int
    product_count: int
    version: int


class ChangedCategoryView(TreeCategoryView, frozen=True, rename="camel"):
    """A changed category. While it is `reindexing`, lists, counts and search still show the former state."""

    reindexing: bool


class CategoryTreeView(msgspec.Struct, frozen=True):
    """All categories in tree order: each before its subcategories, siblings by position."""

    items: list[TreeCategoryView]


class CategoryDeletedView(msgspec.Struct, frozen=True):
    """While it is `reindexing`, lists, counts and search still show the former state."""

    reindexing: bool
    ok: bool = True


class CategoryInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new category. Without a `slug`, one is made from the name. Without a `position`, it is the last."""

    name: CategoryName
    slug: Slug | None = None
    parent_id: Id | None = None
    position: Position | None = None


@takes_back(TreeCategoryView, ChangedCategoryView)
class CategoryPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The fields to change; an omitted field keeps its value. Read-only fields are accepted and ignored.

    A new name leaves the slug as it is. `parentId: null` makes it a root category.
    """

    name: CategoryName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    parent_id: Id | UnsetType | None = UNSET
    position: Position | UnsetType = UNSET


def category_view(category: Category, counts: Mapping[str, int]) -> TreeCategoryView:
    """Return the category with its number of products, from the numbers by category id."""
    return TreeCategoryView(
        category.id,
        category.slug,
        category.name,
        category.parent_id,
        category.position,
        counts.get(category.id, 0),
        category.version,
    )
