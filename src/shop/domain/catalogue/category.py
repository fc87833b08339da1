"""Categories: a tree in which visitors find products."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Self

from shop.domain.catalogue.slug import first_free, slug_of, slug_rule
from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.rules import shown_rule
from shop.domain.text import folded, one_line, tidy
from shop.domain.versions import FIRST_VERSION

MAX_CATEGORY: Final = 100
MAX_LEVELS: Final = 6
MAX_CATEGORIES: Final = 10_000
MAX_CATEGORIES_PER_PRODUCT: Final = 10
_FALLBACK_SLUG: Final = "category"


class CategoryTreeBroken(ShopError):
    """A change would put a category below itself, on a seventh level, or into a tree that is full."""

    code: ClassVar[str] = "CATEGORY_TREE"


class CategoryInUse(ShopError):
    """The category has products or subcategories; deleting it needs another one that takes them over."""

    code: ClassVar[str] = "CATEGORY_IN_USE"

    def __init__(self, products: int, children: int) -> None:
        super().__init__(
            "The category has products or subcategories: move them to another category with `moveTo`.",
            {"products": products, "subcategories": children},
        )


class CategoryAmbiguous(ShopError):
    """Several categories have this name, without regard to case."""

    code: ClassVar[str] = "CATEGORY_AMBIGUOUS"

    def __init__(self, name: str, category_ids: Sequence[str]) -> None:
        super().__init__(
            f"Several categories are called {name}: choose one by its id.",
            {"category_ids": list(category_ids)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category. Siblings are sorted by position. Construction raises ValidationFailed."""

    id: str
    name: str
    slug: str
    parent_id: str | None = None
    position: int = 0
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name))
        object.__setattr__(self, "slug", tidy(self.slug))
        rules = {"name": shown_rule(self.name, MAX_CATEGORY), "slug": slug_rule(self.slug)}
        if broken := {name: rule for name, rule in rules.items() if rule}:
            raise ValidationFailed(broken)
        assert self.position >= 0
        assert self.version >= 1

    @property
    def name_key(self) -> str:
        """Return the name as it is compared: without case."""
        return self.name.casefold()

    def following(self, before: "Category | None") -> Self:
        """Return this state of the category as the version after `before`."""
        return self if before is None else replace(self, version=before.version + 1)


@dataclass(frozen=True, slots=True)
class Placement:
    """The categories of a product as the tree has them now, and the name of the main one."""

    category_ids: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """All categories.

    `successors` maps deleted categories whose products are still being moved to the ones that take them over.
    """

    categories: Mapping[str, Category] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)
    _children: Mapping[str | None, Sequence[Category]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        children: dict[str | None, list[Category]] = defaultdict(list)
        for category in self.categories.values():
            children[category.parent_id].append(category)
        for siblings in children.values():
            siblings.sort(key=lambda each: (each.position, folded(each.name), each.id))
        object.__setattr__(self, "_children", dict(children))

    @classmethod
    def of(
        cls, categories: Iterable[Category], successors: Mapping[str, str] | None = None
    ) -> "CategoryTree":
        """Return the tree of these categories."""
        return cls({category.id: category for category in categories}, successors or {})

    def get(self, category_id: str) -> Category | None:
        """Return the category; None if there is none."""
        return self.categories.get(category_id)

    def children(self, category_id: str | None) -> Sequence[Category]:
        """Return the direct subcategories in order; of None, the root categories."""
        return self._children.get(category_id, ())

    def ordered(self) -> Iterator[Category]:
        """Yield every category in tree order: each before its subcategories, siblings in order."""
        remaining = list(reversed(self.children(None)))
        while remaining:
            category = remaining.pop()
            yield category
            remaining.extend(reversed(self.children(category.id)))

    def path(self, category_id: str) -> tuple[str, ...]:
        """Return the ids from the root category down to this one."""
        path: list[str] = []
        at: str | None = category_id
        while at is not None and (category := self.get(at)) is not None:
            path.append(at)
            at = category.parent_id
        return tuple(reversed(path))

    def below(self, category_id: str) -> tuple[str, ...]:
        """Return the ids of the category and of everything below it, in tree order."""
        found, remaining = [], [category_id]
        while remaining:
            found.append(remaining.pop())
            remaining.extend(each.id for each in reversed(self.children(found[-1])))
        return tuple(found)

    def shown_in(self, category_ids: Iterable[str]) -> frozenset[str]:
        """Return the ids of the categories that show a product of these ones: these and all above them."""
        return frozenset(each for one in category_ids for each in self.path(self.current(one)))

    def within(self, category_ids: Iterable[str]) -> frozenset[str]:
        """Return the ids of these categories, of all below them, and of deleted ones that they take over."""
        found = {each for one in category_ids if one in self.categories for each in self.below(one)}
        taken_over = (deleted for deleted, successor in self.successors.items() if successor in found)
        return frozenset(found.union(taken_over))

    def current(self, category_id: str) -> str:
        """Return the id; for a deleted category, the id of the category that takes over its products."""
        return self.successors.get(category_id, category_id)

    def placement(self, category_ids: Iterable[str]) -> Placement:
        """Return the current categories for the ids that a product has; unknown ids are dropped."""
        ids = tuple(dict.fromkeys(map(self.current, category_ids)))
        known = tuple(each for each in ids if each in self.categories)
        return Placement(known, self.categories[known[0]].name if known else None)

    def named(self, name: str) -> tuple[Category, ...]:
        """Return the categories of this name, compared without case, in tree order."""
        key = one_line(name).casefold()
        return tuple(category for category in self.ordered() if category.name_key == key)

    def find(self, text: str) -> tuple[str, ...]:
        """Return the ids of the categories that a filter's text names: by slug, else all with this name.

        A category below another one that is found is left out.
        """
        wanted = tidy(text)
        found = [each.id for each in self.categories.values() if each.slug == wanted]
        found = found or [category.id for category in self.named(text)]
        return tuple(each for each in found if not set(self.path(each)[:-1]).intersection(found))

    def by_name(self, name: str) -> Category | None:
        """Return the only category of this name; None if there is none. Raises CategoryAmbiguous.

        If several names differ only in case, the one with exactly this spelling wins.
        """
        found = self.named(name)
        exact = [category for category in found if category.name == one_line(name)]
        if len(found) > 1 and len(exact) != 1:
            raise CategoryAmbiguous(one_line(name), [category.id for category in found])
        return (exact or list(found))[0] if found else None

    def slug_for(self, category_id: str, name: str) -> str:
        """Return a free slug made from the name."""
        taken = {each.slug for each in self.categories.values() if each.id != category_id}
        return first_free(slug_of(one_line(name), _FALLBACK_SLUG), category_id, taken)

    def place(self, category: Category, position: int | None) -> tuple[Category, ...]:
        """Return the categories that change when this one, new or changed, stands among its siblings at `position`.

        Each has its next version. Without a position, the category keeps its place, or comes last if it is
        new among these siblings. A position past the end means the end. Raises CategoryTreeBroken,
        ValidationFailed.
        """
        self._ensure_fits(category)
        before = self.get(category.id)
        siblings = [each for each in self.children(category.parent_id) if each.id != category.id]
        if position is None and before is not None and before.parent_id == category.parent_id:
            position = self.children(category.parent_id).index(before)
        at = len(siblings) if position is None else min(position, len(siblings))
        siblings.insert(at, category)
        placed = [replace(each, position=index) for index, each in enumerate(siblings)]
        return tuple(each.following(self.get(each.id)) for each in placed if each != self.get(each.id))

    def _ensure_fits(self, category: Category) -> None:
        if category.id not in self.categories and len(self.categories) >= MAX_CATEGORIES:
            raise CategoryTreeBroken(f"A shop has at most {MAX_CATEGORIES:,} categories.")
        if category.parent_id is None:
            above: tuple[str, ...] = ()
        elif category.parent_id not in self.categories:
            raise ValidationFailed({"parent_id": "must be the id of a category"})
        else:
            above = self.path(category.parent_id)
        if category.id in above:
            raise CategoryTreeBroken("A category can't be below itself.")
        if len(above) + self._levels(category.id) > MAX_LEVELS:
            raise CategoryTreeBroken(f"Categories have at most {MAX_LEVELS} levels.")

    def _levels(self, category_id: str) -> int:
        """Return the number of levels of the category and everything below it."""
        return 1 + max((self._levels(child.id) for child in self.children(category_id)), default=0)
