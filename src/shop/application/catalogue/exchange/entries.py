"""Products as a file states them: rows read into typed fields, with the errors of each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shop.application.catalogue.exchange.category_paths import CategoryPath, read_paths
from shop.application.catalogue.exchange.fields import (
    OPTION_NAMES,
    OPTION_VALUES,
    PRODUCT_FIELDS,
    UNCHANGED,
    VARIANT_FIELDS,
    Field,
    Read,
    whole_number,
)
from shop.application.catalogue.exchange.layouts import Layout, Row
from shop.domain.catalogue.catalogue_import import RowError
from shop.domain.catalogue.stock import MAX_STOCK
from shop.domain.text import one_line

_REQUIRED: Final = frozenset((Field.NAME, Field.PRICE))


class InvalidProduct(Exception):
    """The product's rows break rules. Nothing of the product is stored."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


class SkippedProduct(Exception):
    """The shop can't sell the product, although its rows are valid."""

    def __init__(self, warning: RowError) -> None:
        super().__init__(warning.message)
        self.warning = warning


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
    warnings: Sequence[RowError] = ()

    def error(self, line: int, of: Field | None, message: str) -> RowError:
        """Return an error in this product's rows."""
        return RowError(line, None if of is None else self.layout.column(of), message)


def read_product(handle: str, rows: Sequence[Row], layout: Layout) -> ProductEntry:
    """Return the product in these rows. Raises SkippedProduct, or InvalidProduct with all cells' errors."""
    reader = _Reader(layout)
    first = rows[0]
    if reason := first.cells.get(Field.SKIPPED):
        raise SkippedProduct(RowError(first.line, None, reason))
    if problem := first.cells.get(Field.PROBLEM):
        raise InvalidProduct([RowError(first.line, None, problem)])
    if not handle:
        raise InvalidProduct(
            [RowError(first.line, layout.column(Field.HANDLE), "State the product that the row belongs to.")]
        )
    fields = reader.fields(first, PRODUCT_FIELDS)
    chosen = reader.options(rows)
    variants = [
        VariantEntry(
            row.line,
            tuple(row.cells.get(each, "").strip() for each in chosen or ()),
            reader.fields(row, VARIANT_FIELDS),
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
        warnings=[
            RowError(row.line, None, row.cells[Field.WARNING]) for row in rows if Field.WARNING in row.cells
        ],
    )


def _has_variant(row: Row, *, is_first: bool) -> bool:
    """Return whether the row describes a variant. The first row does if the file has columns of variants."""
    cells = [row.cells[each] for each in (*OPTION_VALUES, *VARIANT_FIELDS, Field.STOCK) if each in row.cells]
    return bool(cells) if is_first else any(cell.strip() for cell in cells)


@dataclass(slots=True)
class _Reader:
    layout: Layout
    errors: list[RowError] = field(default_factory=list)

    def fields(self, row: Row, readers: Mapping[Field, tuple[str, Read]]) -> dict[str, Any]:
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
        return {name: value for name, value in found.items() if value is not UNCHANGED}

    def stock(self, row: Row) -> int | None:
        text = row.cells.get(Field.STOCK, "")
        if not text.strip():
            return None
        try:
            return whole_number(text, MAX_STOCK)
        except ValueError as error:
            self._refuse(row, Field.STOCK, str(error))
            return None

    def options(self, rows: Sequence[Row]) -> dict[Field, str] | None:
        """Return the name of each option by the field of its values; None if the file has no columns for options.

        A name may be in any of the rows. An option without values is ignored. A row that has a value for one option
        must have one for each.
        """
        if not any(each in row.cells for row in rows for each in OPTION_VALUES):
            return None
        names: dict[Field, str] = {}
        for name_field, value_field in zip(OPTION_NAMES, OPTION_VALUES, strict=True):
            name = next(filter(None, (one_line(row.cells.get(name_field, "")) for row in rows)), "")
            used = [row for row in rows if row.cells.get(value_field, "").strip()]
            if used and not name:
                self._refuse(used[0], name_field, "must not be blank where the option has values")
            if used:
                if name.casefold() in map(str.casefold, names.values()):
                    self._refuse(used[0], name_field, f"must not be {name} again: option names differ")
                names[value_field] = name
        for row in rows:
            blank = [each for each in names if not row.cells.get(each, "").strip()]
            if len(blank) < len(names):
                for each in blank:
                    self._refuse(row, each, f"must not be blank: the product has the option {names[each]}")
        return names

    def _refuse(self, row: Row, of: Field, reason: str) -> None:
        column = self.layout.column(of)
        self.errors.append(RowError(row.line, column, f"{column} {reason}."))
