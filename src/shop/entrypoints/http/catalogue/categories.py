"""`/api/categories`: the category tree, browsed by anyone, managed by admins."""

from typing import Annotated, Any

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from shop.application.catalogue.browsing import BrowseCategories
from shop.application.catalogue.categories import AdministerCategories
from shop.application.catalogue.category_views import (
    CategoryDeletedView,
    CategoryInput,
    CategoryPatch,
    CategoryTreeView,
    ChangedCategoryView,
    TreeCategoryView,
)
from shop.application.framework.inputs import MAX_ID_LENGTH, ExpectedVersions
from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.category import CategoryInUse, CategoryTreeBroken
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.conditional import content_etag, created, respond
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, shown


class CategoriesController(Controller):
    path = "/api/categories"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC, versioned=True)
    async def list_categories(
        self, request: ApiRequest, browse_categories: NamedDependency[BrowseCategories]
    ) -> Response[CategoryTreeView]:
        """Anyone: all categories in tree order, with their numbers of active products."""
        answer = await browse_categories()
        return respond(request, answer.body, etag=content_etag(answer.body))

    @post(
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        location=True,
        errors=(SlugTaken, CategoryTreeBroken),
        request_example=CategoryInput("Mugs"),
    )
    async def create_category(
        self,
        data: JSONBody[CategoryInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        administer_categories: NamedDependency[AdministerCategories],
    ) -> Response[TreeCategoryView]:
        """Admins: create a category. Fails with SLUG_TAKEN, CATEGORY_TREE for a seventh level, VALIDATION_FAILED."""
        outcome = await administer_categories.create(principal, data, idempotency)
        category = shown(outcome, _CategoryState)
        return created(outcome, f"{self.path}/{category.id}", _etag(category))

    @get("/{category_id:str}", policy=Policy.PUBLIC, versioned=True, errors=(NotFound,))
    async def show_category(
        self,
        request: ApiRequest,
        category_id: FromPath[str],
        browse_categories: NamedDependency[BrowseCategories],
    ) -> Response[TreeCategoryView]:
        """Anyone: one category."""
        return _category(request, await browse_categories.one(category_id))

    @patch(
        "/{category_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        versioned=True,
        errors=(NotFound, SlugTaken, CategoryTreeBroken),
        request_example=CategoryPatch(name="Mugs and cups", position=0),
    )
    async def change_category(
        self,
        request: ApiRequest,
        category_id: FromPath[str],
        data: JSONBody[CategoryPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_categories: NamedDependency[AdministerCategories],
    ) -> Response[ChangedCategoryView]:
        """Admins: rename or move a category. Lists and search follow at once, or, while `reindexing`, within a minute.

        Fails with SLUG_TAKEN, CATEGORY_TREE for a cycle or a seventh level, VALIDATION_FAILED.
        """
        changed = await administer_categories.change(principal, category_id, data, expected_versions)
        return _category(request, changed)

    @delete(
        "/{category_id:str}",
        policy=Permission.CATALOGUE_WRITE,
        status_code=200,
        errors=(NotFound, CategoryInUse, CategoryTreeBroken),
    )
    async def delete_category(
        self,
        category_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_categories: NamedDependency[AdministerCategories],
        move_to: Annotated[
            str | None,
            QueryParameter(
                name="moveTo",
                max_length=MAX_ID_LENGTH,
                description="The category that takes over products and subcategories.",
            ),
        ] = None,
    ) -> Response[CategoryDeletedView]:
        """Admins: delete a category. One with products or subcategories needs `moveTo`: CATEGORY_IN_USE otherwise.

        Fails with CATEGORY_TREE if the other category is below this one, or can't hold all levels.
        """
        deleted = await administer_categories.delete(principal, category_id, move_to, expected_versions)
        return BytesResponse(encode(deleted))


class _CategoryState(msgspec.Struct, rename="camel"):
    id: str
    version: int
    product_count: int


def _etag(category: TreeCategoryView | _CategoryState) -> str:
    return f"{category.version}-{category.product_count}"


def _category(request: ApiRequest, category: TreeCategoryView) -> BytesResponse[Any]:
    return respond(request, encode(category), etag=_etag(category))
