"""Recognizes the columns of a file: the shop's own, Shopify's (old and new export) or WooCommerce's."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shop.application.catalogue.exchange.fields import READ, Field
from shop.application.catalogue.exchange.shopify import SHOPIFY_COLUMNS, SHOPIFY_SIGNS, shopify_rows
from shop.application.catalogue.exchange.woocommerce import (
    WOO_COLUMNS,
    WOO_PATTERN,
    woo_identity,
    woo_rows,
)
from shop.application.framework.csv_text import unquoted_formula
from shop.application.ports.imports import FileRow
from shop.domain.catalogue.catalogue_import import UnreadableFile
from shop.domain.catalogue.slug import slug_of, slug_rule
from shop.domain.text import tidy

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_OWN_COLUMNS: Final = {
    **{_NOT_WORDS.sub("", field.value.casefold()): field.name.lower() for field in READ},
    "slug": "handle",
    "title": "name",
    "weight": "weight",
}

SourceRow = tuple[int, Mapping[str, str]]
"""A line number, and the line's cells by the dialect's column names."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row, translated to the shop's own fields. A field whose column is absent is missing."""

    line: int
    cells: Mapping[Field, str]


@dataclass(frozen=True, slots=True)
class _Dialect:
    columns: Mapping[str, str]
    """Column names by header, in lower case and reduced to letters and digits."""
    pattern: re.Pattern[str] | None = None
    """Matches further headers (reduced like the others), which are their own column names."""
    rows: Callable[[Sequence[SourceRow]], list[tuple[int, dict[Field, str]]]] | None = None
    """Translates a product's rows; None if the column names are names of fields."""


_OWN: Final = _Dialect(_OWN_COLUMNS)
_SHOPIFY: Final = _Dialect(SHOPIFY_COLUMNS, rows=shopify_rows)
_WOO: Final = _Dialect(WOO_COLUMNS, WOO_PATTERN, woo_rows)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file and their meanings."""

    header: Sequence[str]
    dialect: _Dialect
    places: Mapping[str, int]
    """The index of each known column, by column name."""

    @classmethod
    def of(cls, header: Sequence[str]) -> "Layout":
        """Return the layout that fits the headers best. If two columns have one name, the first counts."""
        words = [_NOT_WORDS.sub("", name.casefold()) for name in header]
        dialect = _dialect_of(set(words))
        places: dict[str, int] = {}
        for place, word in enumerate(words):
            name = dialect.columns.get(word)
            if name is None and dialect.pattern is not None and dialect.pattern.fullmatch(word):
                name = word
            if name is not None:
                places.setdefault(name, place)
        return cls(header, dialect, places)

    @property
    def unknown_columns(self) -> list[str]:
        """Return the headers of columns that are not read."""
        known = set(self.places.values())
        return [name for place, name in enumerate(self.header) if place not in known and name.strip()]

    def ensure_usable(self) -> None:
        """Raise UnreadableFile unless products can be recognized by these columns."""
        if not self.places.keys() & {"handle", "name"}:
            raise UnreadableFile(
                "The first row must name the columns, and one of them must be Handle, Name or Title."
            )

    def identity(self, cells: Sequence[str]) -> tuple[str, str, str]:
        """Return the key that the rows of the row's product share, its handle, and an alternative handle.

        The alternative is used if another product has the handle. The handle is empty if the row does not say
        it; the key is empty if the row belongs to no product.
        """
        named = self._named(cells)
        if self.dialect is _WOO:
            key, name, other = woo_identity(named)
            handle = slug_of(name, "") if name else ""
            return key, handle, slug_of(f"{name} {other}", "") if name else ""
        handle = handle_of(named.get("handle", "")) or slug_of(named.get("name", ""), "")
        return handle, handle, handle

    def rows(self, rows: Sequence[FileRow]) -> list[Row]:
        """Return the rows of a product, translated to the shop's fields, the product's own row first."""
        named = [(row.line, self._named(row.cells)) for row in rows]
        if self.dialect.rows is not None:
            return [Row(line, cells) for line, cells in self.dialect.rows(named)]
        return [
            Row(line, {Field[name.upper()]: cell for name, cell in cells.items()}) for line, cells in named
        ]

    def column(self, field: Field) -> str:
        """Return the header of the column that a field comes from."""
        name = field.name.lower()
        found = next(
            (self.places[each] for each in (name, *_SOURCES.get(name, ())) if each in self.places), None
        )
        return field.value if found is None else self.header[found]

    def _named(self, cells: Sequence[str]) -> dict[str, str]:
        return {
            name: unquoted_formula(cells[place]) for name, place in self.places.items() if place < len(cells)
        }


_SOURCES: Final = {
    "active": ("status", "published"),
    "variant_active": ("published",),
    "category": ("type", "product_category"),
    "price": ("regular_price",),
    "compare_at_price": ("regular_price",),
    "image_url": ("images",),
    "variant_image_url": ("images",),
    "option1_name": ("attribute1name",),
    "option1_value": ("attribute1values",),
    "option2_name": ("attribute2name",),
    "option2_value": ("attribute2values",),
    "option3_name": ("attribute3name",),
    "option3_value": ("attribute3values",),
    "weight": ("weightkg", "weightg", "weightlbs", "weightoz"),
    "attributes": ("attribute1values",),
    "requires_shipping": ("type",),
}
"""Columns of other systems from which a field is made."""


def handle_of(text: str) -> str:
    """Return the handle if it is a valid slug, otherwise a slug made from it."""
    text = tidy(text)
    return text if text and slug_rule(text) is None else slug_of(text, "")


def _dialect_of(words: set[str]) -> _Dialect:
    if {"type", "name"} <= words and words & {"regularprice", "parent", "saleprice", "published"}:
        return _WOO
    return _SHOPIFY if words & SHOPIFY_SIGNS else _OWN
