"""Products as a file states them: rows read into typed fields, with the errors of each cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import msgspec

from shop.application.catalogue.exchange.category_paths import CategoryPath, read_paths
from shop.application.catalogue.exchange.fields import OPTION_NAMES, OPTION_VALUES, Field
from shop.application.catalogue.exchange.foreign_cells import NO, YES
from shop.application.catalogue.exchange.layouts import Layout, Row
from shop.application.catalogue.fields import Attributes
from shop.domain.catalogue.catalogue_import import RowError
from shop.domain.catalogue.stock import MAX_STOCK
from shop.domain.catalogue.variant import MAX_WEIGHT
from shop.domain.text import one_line

_MAX_DIGITS: Final = 20
_REQUIRED: Final = frozenset((Field.NAME, Field.PRICE))


class InvalidProduct(Exception):
    """The product's rows break rules. Nothing of the product is stored."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class VariantEntry:
    """A variant's row. `fields` are fields of a variant input; `stock` is None if the cell is blank or absent."""

    line: int
    values: tuple[str, ...]
    fields: Mapping[str, Any]
    stock: int | None

    @property
    def sku(self) -> str | None:
        sku = self.fields.get("sku")
        return one_line(sku) if isinstance(sku, str) else None


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product of the file. `fields` are fields of a product input; absent columns are missing.

    `category` is the name of the main category, `paths` are all categories. `options` are names; None if the file
    does not say which options the product has.
    """

    handle: str
    line: int
    layout: Layout
    fields: Mapping[str, Any]
    variants: Sequence[VariantEntry]
    options: tuple[str, ...] | None = None
    category: str | None = None
    paths: Sequence[CategoryPath] | None = None

    def error(self, line: int, of: Field | None, message: str) -> RowError:
        """Return an error in this product's rows."""
        return RowError(line, None if of is None else self.layout.column(of), message)


def read_product(handle: str, rows: Sequence[Row], layout: Layout) -> ProductEntry:
    """Return the product that the rows state. Raises InvalidProduct, with every error in a cell."""
    reader = _Reader(layout)
    first = rows[0]
    if problem := first.cells.get(Field.PROBLEM):
        raise InvalidProduct([RowError(first.line, None, problem)])
    if not handle:
        raise InvalidProduct(
            [RowError(first.line, layout.column(Field.HANDLE), "Say which product the row belongs to.")]
        )
    fields = reader.fields(first, _OF_PRODUCT)
    chosen = reader.options(rows)
    variants = [
        VariantEntry(
            row.line,
            tuple(row.cells.get(each, "").strip() for each in chosen or ()),
            reader.fields(row, _OF_VARIANT),
            reader.stock(row),
        )
        for place, row in enumerate(rows)
        if _has_variant(row, is_first=place == 0)
    ]
    if reader.errors:
        raise InvalidProduct(reader.errors)
    paths = None
    if Field.CATEGORIES in first.cells:
        paths = read_paths(first.cells[Field.CATEGORIES])
    return ProductEntry(
        handle=handle,
        line=first.line,
        layout=layout,
        fields=fields,
        variants=variants,
        options=None if chosen is None else tuple(chosen.values()),
        category=first.cells.get(Field.CATEGORY),
        paths=paths,
    )


def _has_variant(row: Row, *, is_first: bool) -> bool:
    """Return whether the row is about a variant. The first one is, if the file has any column about variants."""
    cells = [row.cells[each] for each in (*OPTION_VALUES, *_OF_VARIANT, Field.STOCK) if each in row.cells]
    return bool(cells) if is_first else any(cell.strip() for cell in cells)


@dataclass(slots=True)
class _Reader:
    layout: Layout
    errors: list[RowError] = field(default_factory=list)

    def fields(self, row: Row, readers: Mapping[Field, tuple[str, "_Read"]]) -> dict[str, Any]:
        """Return the fields whose columns the file has. A blank cell clears a field that may be empty."""
        found: dict[str, Any] = {}
        for each, (name, read) in readers.items():
            if each not in row.cells:
                continue
            text = row.cells[each]
            if not text.strip() and each in _REQUIRED:
                self._refuse(row, each, "must not be blank")
                continue
            try:
                found[name] = read(text)
            except ValueError as error:
                self._refuse(row, each, str(error))
        return {name: value for name, value in found.items() if value is not _KEPT}

    def stock(self, row: Row) -> int | None:
        text = row.cells.get(Field.STOCK, "")
        if not text.strip():
            return None
        try:
            return _whole_number(text, MAX_STOCK)
        except ValueError as error:
            self._refuse(row, Field.STOCK, str(error))
            return None

    def options(self, rows: Sequence[Row]) -> dict[Field, str] | None:
        """Return the name of each option by the field of its values; None if the file has no columns for options.

        A name may stand in any of the rows. An option without values is none.
        """
        if not any(each in row.cells for row in rows for each in OPTION_VALUES):
            return None
        names = {}
        for name_field, value_field in zip(OPTION_NAMES, OPTION_VALUES, strict=True):
            name = next(filter(None, (one_line(row.cells.get(name_field, "")) for row in rows)), "")
            used = [row for row in rows if row.cells.get(value_field, "").strip()]
            if used and not name:
                self._refuse(used[0], name_field, "must not be blank where the option has values")
            if used:
                names[value_field] = name
        return names

    def _refuse(self, row: Row, of: Field, reason: str) -> None:
        column = self.layout.column(of)
        self.errors.append(RowError(row.line, column, f"{column} {reason}."))


_Read = Callable[[str], Any]
_KEPT: Final = object()


def _text(text: str) -> str | None:
    return text.strip() or None


def _price(text: str) -> Decimal:
    """Read an amount with a point, or with a single comma, as decimal separator."""
    text = text.strip().replace("\xa0", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    whole, _, part = text.partition(".")
    digits = whole + part
    if not digits or not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise ValueError("must be a number such as 12.50")
    return Decimal(f"{whole or '0'}.{part or '0'}")


def _price_or_none(text: str) -> Decimal | None:
    return _price(text) if text.strip() else None


def _whole_number(text: str, most: int) -> int:
    text = text.strip()
    for ending in (".0", ".00", ",0", ",00"):
        text = text.removesuffix(ending)
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS or int(text) > most:
        raise ValueError(f"must be a whole number between 0 and {most}")
    return int(text)


def _weight(text: str) -> int | None:
    return _whole_number(text, MAX_WEIGHT) if text.strip() else None


def _yes_or_no(text: str) -> bool | object:
    word = text.strip().casefold()
    if not word:
        return _KEPT
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError("must be TRUE or FALSE")


def _tax_class(text: str) -> str | object:
    return text.strip() or _KEPT


def _attributes(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        return msgspec.json.decode(text, type=Attributes)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise ValueError(
            'must be JSON of texts, numbers and booleans by name, such as {"Material": "Wool"}'
        ) from error


_OF_PRODUCT: Final[Mapping[Field, tuple[str, _Read]]] = {
    Field.NAME: ("name", str),
    Field.DESCRIPTION: ("description", str),
    Field.VENDOR: ("vendor", _text),
    Field.ATTRIBUTES: ("attributes", _attributes),
    Field.IMAGE_URL: ("image_url", _text),
    Field.ACTIVE: ("active", _yes_or_no),
    Field.REQUIRES_SHIPPING: ("requires_shipping", _yes_or_no),
    Field.TAX_CLASS: ("tax_class", _tax_class),
    Field.WITHDRAWABLE: ("withdrawable", _yes_or_no),
}
_OF_VARIANT: Final[Mapping[Field, tuple[str, _Read]]] = {
    Field.SKU: ("sku", _text),
    Field.PRICE: ("price", _price),
    Field.COMPARE_AT_PRICE: ("compare_at_price", _price_or_none),
    Field.WEIGHT: ("weight", _weight),
    Field.BARCODE: ("barcode", _text),
    Field.VARIANT_IMAGE_URL: ("image_url", _text),
    Field.VARIANT_ACTIVE: ("active", _yes_or_no),
}
"""For each column: the field of a variant input, and how its cell is read."""
FIELDS_BY_NAME: Final = {name: each for each, (name, _) in _OF_PRODUCT.items()} | {
    "category": Field.CATEGORIES,
    "category_ids": Field.CATEGORIES,
    "slug": Field.HANDLE,
    "options": Field.OPTION1_NAME,
}
"""Columns of the product's own fields, by the names that errors give to the fields."""
VARIANT_FIELDS_BY_NAME: Final = {name: each for each, (name, _) in _OF_VARIANT.items()} | {
    "options": Field.OPTION1_VALUE
}
