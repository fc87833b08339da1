"""Sets of products and variants as bitmaps: Python's integers, one bit per product.

A product's place is the number of its bit. A variant's plane is its position among its product's variants;
its slot is one number for place and plane together. A set of variants is one bitmap per plane, so that
"products with such a variant" is the union of the planes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shop.domain.catalogue.variant import MAX_VARIANTS

PLANES: Final = MAX_VARIANTS
MAX_SPARSE: Final = 64
"""Up to this size, a posting is a set of numbers: most values, such as article numbers, are rare."""

Planes = Mapping[int, int]
"""Bitmaps by plane."""


def slot(place: int, plane: int = 0) -> int:
    """Return the slot of a variant, or of a product itself in plane 0."""
    return place * PLANES + plane


def bits_of(places: Iterable[int]) -> int:
    """Return the bitmap of these places."""
    sorted_places = sorted(places)
    if not sorted_places:
        return 0
    octets = bytearray((sorted_places[-1] >> 3) + 1)
    for place in sorted_places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


def places_of(bitmap: int) -> Iterator[int]:
    """Yield the places in a bitmap, ascending."""
    octets = bitmap.to_bytes((bitmap.bit_length() + 7) >> 3, "little")
    for index, octet in enumerate(octets):
        if octet:
            for bit in range(8):
                if octet >> bit & 1:
                    yield (index << 3) + bit


class Members:
    """A bitmap that answers many look-ups of single places fast."""

    def __init__(self, bitmap: int) -> None:
        self._octets: Final = bitmap.to_bytes((bitmap.bit_length() + 7) >> 3, "little")

    def __contains__(self, place: int) -> bool:
        index = place >> 3
        return index < len(self._octets) and bool(self._octets[index] >> (place & 7) & 1)


def union(planes: Iterable[int]) -> int:
    result = 0
    for bitmap in planes:
        result |= bitmap
    return result


def merged(some: Iterable[Planes]) -> dict[int, int]:
    """Return the union of sets of variants."""
    result: dict[int, int] = {}
    for planes in some:
        for plane, bitmap in planes.items():
            result[plane] = result.get(plane, 0) | bitmap
    return result


def intersection(planes: Planes, others: Planes) -> dict[int, int]:
    """Return the variants that are in both sets."""
    return {
        plane: both
        for plane, bitmap in planes.items()
        if (other := others.get(plane)) is not None and (both := bitmap & other)
    }


def restricted(planes: Planes, products: int) -> dict[int, int]:
    """Return the variants of these products."""
    return {plane: both for plane, bitmap in planes.items() if (both := bitmap & products)}


class Posting:
    """The slots of one value: a set of numbers while they are few, bitmaps when they are many."""

    __slots__ = ("_few", "_many")

    def __init__(self) -> None:
        self._few: frozenset[int] | None = frozenset()
        self._many: dict[int, int] = {}

    def add(self, slots: Iterable[int]) -> None:
        if self._few is not None:
            self._few = self._few.union(slots)
            if len(self._few) <= MAX_SPARSE:
                return
            slots, self._few = self._few, None
        places: dict[int, list[int]] = {}
        for each in slots:
            places.setdefault(each % PLANES, []).append(each // PLANES)
        for plane, found in places.items():
            self._many[plane] = self._many.get(plane, 0) | bits_of(found)

    def discard(self, products: int, members: Members) -> None:
        """Remove every slot of these products; `members` are the same products."""
        if self._few is None:
            self._many = restricted(self._many, ~products)
        elif any(each // PLANES in members for each in self._few):
            self._few = frozenset(each for each in self._few if each // PLANES not in members)

    def __bool__(self) -> bool:
        return bool(self._many if self._few is None else self._few)

    @property
    def few(self) -> frozenset[int] | None:
        """The slots if they are few."""
        return self._few

    @property
    def planes(self) -> Planes:
        if self._few is None:
            return self._many
        places: dict[int, list[int]] = {}
        for each in self._few:
            places.setdefault(each % PLANES, []).append(each // PLANES)
        return {plane: bits_of(found) for plane, found in places.items()}

    @property
    def products(self) -> int:
        return union(self.planes.values())


class Numbers:
    """A number for each place of a plane, as one bitmap per binary digit: ranges and extremes cost a few operations."""

    def __init__(self) -> None:
        self._digits: list[int] = []

    def put(self, numbers: Mapping[int, int]) -> None:
        """Set the numbers of places that have none."""
        digits: list[list[int]] = [[] for _ in range(max(numbers.values(), default=0).bit_length())]
        for place, number in numbers.items():
            for digit in range(number.bit_length()):
                if number >> digit & 1:
                    digits[digit].append(place)
        self._digits += [0] * (len(digits) - len(self._digits))
        for digit, places in enumerate(digits):
            self._digits[digit] |= bits_of(places)

    def discard(self, products: int) -> None:
        self._digits = [bits & ~products for bits in self._digits]

    def at_most(self, limit: int, among: int) -> int:
        """Return the places with a number up to the limit."""
        if limit.bit_length() > len(self._digits):
            return among
        below, equal = 0, among
        for digit in reversed(range(len(self._digits))):
            bits = self._digits[digit]
            if limit >> digit & 1:
                below |= equal & ~bits
                equal &= bits
            else:
                equal &= ~bits
        return below | equal

    def between(self, least: int | None, most: int | None, among: int) -> int:
        """Return the places with a number in the range, whose ends are included."""
        found = among if most is None else self.at_most(most, among) if most >= 0 else 0
        if least is not None and least > 0:
            found &= ~self.at_most(least - 1, among)
        return found

    def extremes(self, among: int) -> tuple[int, int]:
        """Return the smallest and the largest number of the places, of which there is at least one."""
        low, high = among, among
        least = most = 0
        for digit in reversed(range(len(self._digits))):
            bits = self._digits[digit]
            if zero := low & ~bits:
                low = zero
            else:
                least |= 1 << digit
            if one := high & bits:
                high = one
                most |= 1 << digit
        return least, most
