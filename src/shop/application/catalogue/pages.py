"""The catalogue's pages for browsers and search engines: the views that the API answers with, rendered and cached."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shop.application.catalogue.browsing import BrowseProducts, Browsing
from shop.application.catalogue.showing import ShowProductBySlug
from shop.application.catalogue.views import ListedProductView, ProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import CachedAnswer, CatalogueCache
from shop.application.ports.categories import CategoryQueries, CurrentCategories
from shop.domain.catalogue.category import Category, CategoryTree
from shop.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product as visitors see it. `path` are the categories from the root down to its main category."""

    product: ProductView
    path: Sequence[Category]


@dataclass(frozen=True, slots=True)
class ProductListPage:
    """A page of all products, or of a category's. `path` are the categories above that, the root first."""

    products: Page[ListedProductView]
    category: Category | None
    path: Sequence[Category]
    subcategories: Sequence[Category]
    """The direct subcategories that have products."""


class ShowProductPage:
    """Anyone: the page of the product with this slug. Raises SlugMoved for a former slug, NotFound."""

    def __init__(
        self, show_product_by_slug: ShowProductBySlug, categories: CurrentCategories, cache: CatalogueCache
    ) -> None:
        self._show_product_by_slug = show_product_by_slug
        self._categories = categories
        self._cache = cache

    async def __call__(self, key: bytes, slug: str, render: Callable[[ProductPage], bytes]) -> CachedAnswer:
        """Return the rendered page. Equal keys must mean equal slugs and renderings."""

        async def load() -> CachedAnswer:
            product = await self._show_product_by_slug.view(slug)
            tree = await self._categories()
            path = _path(tree, product.category_ids[0]) if product.category_ids else ()
            return CachedAnswer(render(ProductPage(product, path)), (product.id,))

        return await self._cache.load(key, load)

    async def known_variant(self, key: bytes, slug: str, variant_id: str) -> str | None:
        """Return the id if it is one of the product's variants, else None. Equal keys must mean equal slugs.

        Callers cache one page per known variant, so requests with unknown ids can't fill the cache. Raises
        like a call.
        """

        async def load() -> CachedAnswer:
            product = await self._show_product_by_slug.view(slug)
            ids = "\n".join(variant.id for variant in product.variants)
            return CachedAnswer(ids.encode(), (product.id,))

        known = await self._cache.load(key, load)
        return variant_id if variant_id in known.body.decode().split("\n") else None


class ShowProductListPage:
    """Anyone: a page of all products, or of the category with this slug. Fails with NOT_FOUND if it is unknown."""

    def __init__(
        self,
        browse_products: BrowseProducts,
        categories: CurrentCategories,
        category_queries: CategoryQueries,
        cache: CatalogueCache,
    ) -> None:
        self._browse_products = browse_products
        self._categories = categories
        self._category_queries = category_queries
        self._cache = cache

    async def __call__(
        self, key: bytes, wanted: Browsing, render: Callable[[ProductListPage], bytes]
    ) -> CachedAnswer:
        """Return the rendered page; `wanted.category` is a slug. Equal keys must mean equal queries and renderings."""

        async def load() -> CachedAnswer:
            tree = await self._categories()
            category = None if wanted.category is None else _with_slug(tree, wanted.category)
            products = await self._browse_products.view(wanted)
            page = ProductListPage(
                products,
                category,
                () if category is None else _path(tree, category.id)[:-1],
                () if category is None else await self._subcategories(tree, category),
            )
            return CachedAnswer(render(page), [product.id for product in products.items])

        return await self._cache.load(key, load)

    async def _subcategories(self, tree: CategoryTree, category: Category) -> Sequence[Category]:
        children = tree.children(category.id)
        counts = await self._category_queries.counts() if children else {}
        return [child for child in children if counts.get(child.id)]


def _path(tree: CategoryTree, category_id: str) -> Sequence[Category]:
    return [tree.categories[each] for each in tree.path(tree.current(category_id))]


def _with_slug(tree: CategoryTree, slug: str) -> Category:
    category = next((each for each in tree.categories.values() if each.slug == slug), None)
    if category is None:
        raise NotFound("category")
    return category
