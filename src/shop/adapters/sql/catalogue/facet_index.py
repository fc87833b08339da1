"""The facet index: which listed products have which options, attributes, prices and stock.

It answers filters and counts from bitmaps in this process's memory (see docs/decisions); `facet_feed` keeps it equal
to the database. Every method is pure computation: no statement, no waiting.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shop.adapters.sql.catalogue.bitmaps import (
    Members,
    Numbers,
    Planes,
    Posting,
    bits_of,
    intersection,
    places_of,
    restricted,
    slot,
    union,
)
from shop.adapters.sql.catalogue.facet_values import FacetValues, Spelling
from shop.application.ports.catalogue import ProductFilter
from shop.domain.catalogue.attributes import Attributes
from shop.domain.catalogue.variant import Choice


class FacetVariant(NamedTuple):
    """An active variant; `position` is its place among the product's variants."""

    position: int
    price: int
    choice: Choice


class FacetRow(NamedTuple):
    """A listed product. Ids are the database's bytes."""

    id: bytes
    created_at: datetime
    categories: list[bytes]
    """The categories that show it: its own, and everything above them."""
    attributes: Attributes
    variants: list[FacetVariant]


class FacetIndex:
    """See the module. Products keep their place while the index lives, even if they are no longer listed."""

    def __init__(self) -> None:
        self.options = FacetValues()
        self.attributes = FacetValues()
        self.listed = 0
        self.active: dict[int, int] = {}
        self.stocked: dict[int, int] = {}
        self.categories: dict[bytes, Posting] = {}
        self._prices: dict[int, Numbers] = {}
        self._places: dict[bytes, int] = {}
        self._ids: list[bytes] = []
        self._created: list[datetime] = []
        self._late = 0
        """Products that were created before one with a lower place."""
        self._newest: tuple[datetime, bytes] | None = None

    def __len__(self) -> int:
        return self.listed.bit_count()

    @property
    def is_wasteful(self) -> bool:
        """Return whether most places belong to products that are no longer listed."""
        return len(self._ids) > 2 * len(self) + 10_000

    def place(self, product_id: bytes) -> int | None:
        return self._places.get(product_id)

    def ids(self, products: int) -> list[bytes]:
        return [self._ids[place] for place in places_of(products)]

    def bitmap(self, product_ids: Iterable[bytes]) -> int:
        """Return the bitmap of the listed products among these."""
        places = (self._places.get(product_id) for product_id in product_ids)
        return bits_of(place for place in places if place is not None) & self.listed

    def replace(self, changed: Iterable[bytes], rows: Iterable[FacetRow]) -> Iterator[None]:
        """Replace the changed products by their rows; a product without a row is no longer listed.

        Yields after each of many short steps. The change is complete when the iterator is exhausted.
        """
        if gone := self.bitmap(changed):
            self._discard(gone)
        places, prices = [], dict[int, dict[int, int]]()
        categories: dict[bytes, list[int]] = {}
        for row in sorted(rows, key=lambda row: (row.created_at, row.id)):
            place = self._place_of(row)
            places.append(place)
            for category in row.categories:
                categories.setdefault(category, []).append(slot(place))
            for name, value in row.attributes:
                self.attributes.put(name, value, slot(place))
            for variant in row.variants:
                prices.setdefault(variant.position, {})[place] = variant.price
                for name, chosen in variant.choice:
                    self.options.put(name, chosen, slot(place, variant.position))
            yield
        self.listed |= bits_of(places)
        for plane, numbers in prices.items():
            self._prices.setdefault(plane, Numbers()).put(numbers)
            self.active[plane] = self.active.get(plane, 0) | bits_of(numbers)
            yield
        for category, slots in categories.items():
            self.categories.setdefault(category, Posting()).add(slots)
        yield from self.options.flush()
        yield from self.attributes.flush()

    def set_sold_out(self, sold_out: Iterable[tuple[bytes, int]]) -> None:
        """Set which active variants are sold out: by product id and position."""
        places: dict[int, list[int]] = {}
        for product_id, position in sold_out:
            if (place := self._places.get(product_id)) is not None:
                places.setdefault(position, []).append(place)
        self.stocked = {
            plane: bitmap & ~bits_of(places.get(plane, ())) for plane, bitmap in self.active.items()
        }

    def first(self, spelling: Spelling) -> tuple[object, ...]:
        """Return a sort key: the first occurrence of the spelling among the listed products."""
        planes = spelling.posting.planes
        products = union(planes.values())
        in_order = products & ~self._late
        candidates = list(places_of(products & self._late))
        if in_order:
            candidates.append((in_order & -in_order).bit_length() - 1)
        place = min(candidates, key=lambda place: (self._created[place], self._ids[place]))
        plane = min(plane for plane, bitmap in planes.items() if bitmap >> place & 1)
        return self._created[place], self._ids[place], plane, spelling.name, str(spelling.value)

    def products(self, wanted: ProductFilter) -> int:
        """Return the products that pass the filters about the product itself: category and attributes."""
        found = self.listed
        if wanted.categories is not None:
            ids = [UUID(category_id).bytes for category_id in wanted.categories]
            found &= union(self.categories[each].products for each in ids if each in self.categories)
        for name, values in wanted.attributes:
            found &= union(self.attributes.planes(name, values).values())
        return found

    def variants(self, wanted: ProductFilter) -> Planes:
        """Return the active variants that pass the filters about what is bought, other than stock."""
        found: Planes = self.active
        for name, values in wanted.options:
            found = intersection(found, self.options.planes(name, values))
        if wanted.has_price:
            found = {
                plane: self._prices[plane].between(wanted.min_price, wanted.max_price, bitmap)
                for plane, bitmap in found.items()
            }
        return found

    def matching(self, wanted: ProductFilter, among: int | None = None) -> int:
        """Return the products that pass the filter; `among` restricts them further."""
        products = self.products(wanted)
        if among is not None:
            products &= among
        every = not wanted.chooses_variants
        return self.having(self.variants(wanted), products, wanted.in_stock, every=every)

    def having(self, variants: Planes, products: int, in_stock: bool | None, *, every: bool = False) -> int:
        """Return the products that have one of the variants and, unless `in_stock` is None, have it in stock or not.

        With `every`, `variants` does not restrict the products: a product without an active variant is not in stock.
        """
        found = products if every else products & union(variants.values())
        if in_stock is None:
            return found
        stocked = products & union(intersection(variants, self.stocked).values())
        return stocked if in_stock else found & ~stocked

    def price_extremes(self, variants: Planes, products: int) -> tuple[int, int] | None:
        """Return the lowest and the highest price of these variants of these products."""
        found = [
            self._prices[plane].extremes(bitmap) for plane, bitmap in restricted(variants, products).items()
        ]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None

    def _place_of(self, row: FacetRow) -> int:
        if (place := self._places.get(row.id)) is None:
            self._places[row.id] = place = len(self._ids)
            self._ids.append(row.id)
            self._created.append(row.created_at)
            moment = (row.created_at, row.id)
            if self._newest is not None and moment < self._newest:
                self._late |= 1 << place
            else:
                self._newest = moment
        return place

    def _discard(self, products: int) -> None:
        members = Members(products)
        self.listed &= ~products
        self.options.discard(products, members)
        self.attributes.discard(products, members)
        for posting in self.categories.values():
            posting.discard(products, members)
        for numbers in self._prices.values():
            numbers.discard(products)
        self.active = {plane: bitmap & ~products for plane, bitmap in self.active.items()}
        self.stocked = {plane: bitmap & ~products for plane, bitmap in self.stocked.items()}
