"""Showing one product, by its id or slug."""

from shop.application.catalogue.views import (
    ProductView,
)
from shop.application.framework.views import encode
from shop.application.ports.catalogue import (
    CachedAnswer,
    CatalogueCache,
    CatalogueQueries,
    SlugOwner,
)
from shop.domain.errors import NotFound
from shop.domain.money import Currency
from shop.domain.text import tidy


class ShowProduct:
    """Anyone: one product. Fails with NOT_FOUND if it is unknown, deleted or inactive; an admin sees inactive ones."""

    def __init__(self, queries: CatalogueQueries, cache: CatalogueCache, currency: Currency) -> None:
        self._queries = queries
        self._cache = cache
        self._currency = currency

    async def __call__(self, product_id: str, *, to_admin: bool = False) -> CachedAnswer:
        async def load() -> CachedAnswer:
            product = await self.view(product_id, to_admin=to_admin)
            return CachedAnswer(encode(product), (product.id,), state=product.state)

        return await load() if to_admin else await self._cache.load(product_id.encode(), load)

    async def view(self, product_id: str, *, to_admin: bool = False) -> ProductView:
        """Return the product, not from the cache."""
        product = await self._queries.product(product_id, self._currency)
        if product is None or not (product.active or to_admin):
            raise NotFound("product")
        return product if to_admin else product.for_visitors


class SlugMoved(Exception):
    """The product has another slug now."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class ShowProductBySlug:
    """Anyone: the product with this slug. An admin sees inactive ones.

    Raises SlugMoved for a former slug of a product that the caller may see. Fails with NOT_FOUND if the slug is
    unknown, or if its product is deleted or inactive.
    """

    def __init__(self, queries: CatalogueQueries, show_product: ShowProduct, cache: CatalogueCache) -> None:
        self._queries = queries
        self._show_product = show_product
        self._cache = cache

    async def __call__(self, key: bytes, slug: str, *, to_admin: bool = False) -> CachedAnswer:
        """Return the encoded product. Equal keys must mean equal slugs; a key must not be a product id."""

        async def load() -> CachedAnswer:
            owner = await self._owner(slug)
            answer = await self._show_product(owner.product_id, to_admin=to_admin)
            _ensure_current(owner, slug)
            return answer

        return await load() if to_admin else await self._cache.load(key, load)

    async def view(self, slug: str) -> ProductView:
        """Return the product as visitors see it, not from the cache."""
        owner = await self._owner(slug)
        product = await self._show_product.view(owner.product_id)
        _ensure_current(owner, slug)
        return product

    async def _owner(self, slug: str) -> SlugOwner:
        owner = await self._queries.slug(tidy(slug))
        if owner is None:
            raise NotFound("product")
        return owner


def _ensure_current(owner: SlugOwner, slug: str) -> None:
    if owner.slug != tidy(slug):
        raise SlugMoved(owner.slug)
