"""Reads a file's products in batches, each with one query for what the shop already has of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shop.application.catalogue.exchange.entries import ProductEntry, read_product
from shop.application.catalogue.exchange.layouts import Layout
from shop.application.ports.imports import Existing, FileRow, ImportFile, ImportQueries

READ_AHEAD: Final = 50
"""Products read at a time."""


@dataclass(frozen=True, slots=True)
class ProductAhead:
    """A product's rows, and its entry or the error in its rows.

    `existing` is about all products of the batch, and may be stale.
    """

    rows: Sequence[FileRow]
    outcome: ProductEntry | Exception
    existing: Existing

    @property
    def entry(self) -> ProductEntry:
        """Return the entry. Raises SkippedProduct, InvalidProduct, and any other error of its rows."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class ProductsAhead:
    """The products of a file, by position."""

    def __init__(self, file: ImportFile, layout: Layout, queries: ImportQueries) -> None:
        self._file = file
        self._layout = layout
        self._queries = queries
        self._start = 0
        self._products: list[ProductAhead] = []

    async def at(self, position: int) -> ProductAhead:
        """Return the product at this position."""
        if not self._start <= position < self._start + len(self._products):
            last = min(position + READ_AHEAD, self._file.products)
            read = [await self._read(each) for each in range(position, last)]
            entries = [outcome for _, outcome in read if isinstance(outcome, ProductEntry)]
            existing = await self._queries.existing(
                [entry.handle for entry in entries],
                [variant.sku for entry in entries for variant in entry.variants if variant.sku],
            )
            self._start = position
            self._products = [ProductAhead(rows, outcome, existing) for rows, outcome in read]
        return self._products[position - self._start]

    async def _read(self, position: int) -> tuple[Sequence[FileRow], ProductEntry | Exception]:
        handle, rows = await self._file.product(position)
        try:
            return rows, read_product(handle, self._layout.rows(rows), self._layout)
        except Exception as error:  # noqa: BLE001 (raised when it is the product's turn)
            return rows, error
