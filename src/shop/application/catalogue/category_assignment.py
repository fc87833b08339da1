"""Putting products into categories, by name or by id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from msgspec import UNSET, UnsetType

from shop.application.catalogue.exchange.category_paths import CategoryPath
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWork
from shop.domain.catalogue.category import Category, CategoryTree, Placement
from shop.domain.catalogue.product import Product
from shop.domain.errors import ValidationFailed
from shop.domain.text import has_visible_text, one_line


@dataclass(frozen=True, slots=True)
class WantedCategories:
    """A product's categories as an input gives them: ids, else paths of names, else the main category's name."""

    name: str | UnsetType | None = UNSET
    ids: Sequence[str] | UnsetType = UNSET
    paths: Sequence[CategoryPath] | UnsetType = UNSET


class CategoryAssignment:
    """Puts a product into the wanted categories.

    For an unknown name, it creates a root category; for an unknown path, the missing levels.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def __call__(self, work: UnitOfWork, product: Product, wanted: WantedCategories) -> Product:
        """Return the product in the wanted categories. It must be locked or not stored yet.

        The category tree stays shared or locked until the unit of work ends. Raises ValidationFailed for an
        unknown id, CategoryAmbiguous, CategoryTreeBroken.
        """
        if wanted.ids is not UNSET:
            place = _by_ids(await work.categories.share(), wanted.ids)
        elif wanted.paths is not UNSET:
            place = await self._by_paths(work, product, wanted.paths)
        elif wanted.name is not UNSET:
            place = await self._by_name(work, product, wanted.name or "")
        else:
            return product
        return replace(product, category=place.name, category_ids=place.category_ids)

    async def _by_name(self, work: UnitOfWork, product: Product, name: str) -> Placement:
        if not has_visible_text(one_line(name)):
            return Placement((), None)
        if _meant(await work.categories.read(), product, name) is None:
            main = await self._found_or_made(work, product, name)
            tree = await work.categories.read()
        else:
            tree = await work.categories.share()
            # Deleted since the read above. The retry finds no such category and locks the tree to create it.
            if (found := _meant(tree, product, name)) is None:
                raise TransactionConflict("the category was deleted meanwhile")
            main = found
        others = tree.placement(product.category_ids).category_ids[1:]
        category_ids = (main.id, *(each for each in others if each != main.id))
        return Placement(category_ids, main.name)

    async def _by_paths(self, work: UnitOfWork, product: Product, paths: Sequence[CategoryPath]) -> Placement:
        """Return the categories at these paths. If several share a path, the product's own come first."""
        found = _at_paths(await work.categories.share(), product, paths)
        if None in found:
            tree = await work.categories.lock()
            for path in paths:
                tree = await self._with_path(work, tree, path)
            found = _at_paths(tree, product, paths)
        return (await work.categories.read()).placement([each for each in found if each is not None])

    async def _with_path(self, work: UnitOfWork, tree: CategoryTree, path: CategoryPath) -> CategoryTree:
        """Create the levels of the path that the locked tree does not have. Return the tree with them."""
        parent_id: str | None = None
        for name in path:
            found = next(iter(_named_below(tree, parent_id, name)), None)
            if found is None:
                category_id = self._ids.new_id()
                slug = tree.slug_for(category_id, name)
                new = Category(id=category_id, name=name, slug=slug, parent_id=parent_id)
                await place_category(work, tree, new)
                tree = await work.categories.read()
                found = category_id
            parent_id = found
        return tree

    async def _found_or_made(self, work: UnitOfWork, product: Product, name: str) -> Category:
        tree = await work.categories.lock()
        if (found := _meant(tree, product, name)) is not None:
            return found
        category_id = self._ids.new_id()
        new = Category(id=category_id, name=name, slug=tree.slug_for(category_id, name))
        return await place_category(work, tree, new)


async def place_category(
    work: UnitOfWork, tree: CategoryTree, category: Category, position: int | None = None
) -> Category:
    """Store the category at its position in the locked tree, and the siblings whose position changes; return it."""
    stored = category
    for changed in tree.place(category, position):
        if tree.get(changed.id) is None:
            await work.categories.add(changed)
        else:
            await work.categories.save(changed)
        if changed.id == category.id:
            stored = changed
    return stored


def _at_paths(tree: CategoryTree, product: Product, paths: Sequence[CategoryPath]) -> list[str | None]:
    """Return the id of the category at each path; None if there is none. Equal paths find different categories."""
    own = tree.placement(product.category_ids).category_ids
    found: list[str | None] = []
    for path in paths:
        level: list[str | None] = [None]
        for name in path:
            level = [each for parent in level for each in _named_below(tree, parent, name)]
        level.sort(key=lambda each: (each in found, each not in own))
        found.append(level[0] if level else None)
    return found


def _named_below(tree: CategoryTree, parent_id: str | None, name: str) -> list[str]:
    """Return the subcategories of this name, compared without case; exact matches come first."""
    key = one_line(name).casefold()
    same = [each for each in tree.children(parent_id) if each.name_key == key]
    return [each.id for each in sorted(same, key=lambda each: each.name != one_line(name))]


def _meant(tree: CategoryTree, product: Product, name: str) -> Category | None:
    """Return the category with this name; None if there is none. Raises CategoryAmbiguous.

    If several have the name, the product's main category wins.
    """
    place = tree.placement(product.category_ids)
    if place.name is not None and place.name.casefold() == one_line(name).casefold():
        return tree.get(place.category_ids[0])
    return tree.by_name(name)


def _by_ids(tree: CategoryTree, category_ids: Sequence[str]) -> Placement:
    place = tree.placement(category_ids)
    for index, category_id in enumerate(category_ids):
        if tree.current(category_id) not in tree.categories:
            raise ValidationFailed({f"category_ids[{index}]": "must be the id of a category"})
    return place
