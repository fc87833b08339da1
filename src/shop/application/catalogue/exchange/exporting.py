"""The export of all products as CSV, one row per variant."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

import msgspec

from shop.application.catalogue.exchange.category_paths import paths_of, paths_text
from shop.application.catalogue.exchange.fields import (
    EXPORTED,
    HEADER,
    OPTION_NAMES,
    OPTION_VALUES,
    PRODUCT_FIELDS,
    Field,
)
from shop.application.catalogue.views import ProductView, VariantView
from shop.application.framework.csv_text import Cell, csv_stream
from shop.application.ports.catalogue import AdminProductQueries
from shop.application.ports.categories import CurrentCategories
from shop.domain.catalogue.category import CategoryTree
from shop.domain.money import Currency

BATCH_SIZE: Final = 200
"""The number of products read at a time: memory does not grow with the catalogue."""


class ExportProducts:
    """Staff with `catalogue:read`: all products, active or not, as CSV: one row per variant, in order of ids.

    The product's own fields stand in its first row. Importing the file changes nothing.
    """

    def __init__(
        self,
        queries: AdminProductQueries,
        categories: CurrentCategories,
        currency: Currency,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self._queries = queries
        self._categories = categories
        self._currency = currency
        self._batch_size = batch_size

    def __call__(self) -> AsyncIterator[str]:
        """Return the file in parts."""
        return csv_stream(HEADER, self._batches())

    async def _batches(self) -> AsyncIterator[Iterable[list[Cell]]]:
        after = ""
        while products := await self._queries.walk(after, self._batch_size, self._currency):
            after = products[-1].id
            tree = await self._categories()
            yield [row for product in products for row in _rows(product, tree)]


def _rows(product: ProductView, tree: CategoryTree) -> Iterable[list[Cell]]:
    own = _product_cells(product, tree)
    for variant in product.variants:
        cells = own | _variant_cells(product, variant)
        yield [cells.get(field) for field in EXPORTED]
        own = {Field.HANDLE: product.slug}


def _product_cells(product: ProductView, tree: CategoryTree) -> dict[Field, Cell]:
    cells = {field: getattr(product, name) for field, (name, _) in PRODUCT_FIELDS.items()}
    attributes = msgspec.json.encode(product.attributes).decode() if product.attributes else ""
    return {
        **cells,
        Field.HANDLE: product.slug,
        Field.CATEGORIES: paths_text(paths_of(tree, product.category_ids)),
        Field.ATTRIBUTES: attributes,
    }


def _variant_cells(product: ProductView, variant: VariantView) -> dict[Field, Cell]:
    names = [option.name for option in product.options]
    return {
        **dict(zip(OPTION_NAMES, names, strict=False)),
        **{field: variant.options[name] for field, name in zip(OPTION_VALUES, names, strict=False)},
        Field.SKU: variant.sku,
        Field.PRICE: variant.price,
        Field.COMPARE_AT_PRICE: variant.compare_at_price,
        Field.STOCK: variant.stock,
        Field.WEIGHT: variant.weight,
        Field.BARCODE: variant.barcode,
        Field.VARIANT_IMAGE_URL: variant.image_url,
        Field.VARIANT_ACTIVE: variant.active,
    }
