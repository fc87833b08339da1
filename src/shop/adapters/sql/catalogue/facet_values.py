"""The values of options or attributes in the facet index."""

import json
from collections.abc import Callable, Iterable, Iterator

from shop.adapters.sql.catalogue.bitmaps import Members, Planes, Posting, merged
from shop.domain.catalogue.attributes import AttributeValue, spelled
from shop.domain.catalogue.facets import facet_key


class Spelling:
    """One spelling of a name and a value, and the slots that have it."""

    __slots__ = ("name", "posting", "value")

    def __init__(self, name: str, value: AttributeValue) -> None:
        self.name = name
        self.value = value
        self.posting = Posting()


Spellings = list[Spelling]
"""The spellings of one folded name and value: usually one."""


class FacetValues:
    """Names and values with the slots that have them, by their folded forms."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Spelling] = {}
        self._by_key: dict[str, dict[str, Spellings]] = {}
        self._pending: dict[Spelling, list[int]] = {}

    def put(self, name: str, value: AttributeValue, slot: int) -> None:
        """Record that the slot has this value. Takes effect with `flush`."""
        # The line break tells the number 5 from the text "5".
        exact = name, value if type(value) is str else json.dumps(value) + "\n"
        spelling = self._known.get(exact)
        if spelling is None:
            self._known[exact] = spelling = Spelling(name, value)
            values = self._by_key.setdefault(facet_key(name), {})
            values.setdefault(facet_key(spelled(value)), []).append(spelling)
        self._pending.setdefault(spelling, []).append(slot)

    def flush(self) -> Iterator[None]:
        """Apply what was put, one spelling at each step."""
        pending, self._pending = self._pending, {}
        for spelling, slots in pending.items():
            spelling.posting.add(slots)
            yield

    def discard(self, products: int, members: Members) -> None:
        """Remove these products."""
        for spelling in self._known.values():
            spelling.posting.discard(products, members)

    def names(self) -> Iterable[str]:
        """Return the folded names."""
        return self._by_key

    def values(self, name: str) -> dict[str, Spellings]:
        """Return the spellings by folded value of a folded name."""
        return self._by_key.get(name, {})

    def planes(self, name: str, values: Iterable[str]) -> Planes:
        """Return the slots that have one of the (folded) values."""
        known = self.values(name)
        postings = [each.posting for value in values for each in known.get(value, ())]
        return postings[0].planes if len(postings) == 1 else merged(each.planes for each in postings)

    def spelled_name(self, name: str, first: Callable[[Spelling], tuple[object, ...]]) -> str:
        """Return how the folded name was first spelled; `first` sorts spellings by occurrence."""
        spellings = [each for group in self.values(name).values() for each in group]
        if len({each.name for each in spellings}) == 1:
            return spellings[0].name
        return min((each for each in spellings if each.posting), key=first).name
