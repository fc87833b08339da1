"""The category tree: order, paths, names, places and their limits; and slugs."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shop.domain.catalogue.category import (
    MAX_LEVELS,
    Category,
    CategoryAmbiguous,
    CategoryTree,
    CategoryTreeBroken,
)
from shop.domain.catalogue.slug import first_free, slug_of, slug_rule
from shop.domain.errors import ValidationFailed


def a_category(name: str, parent: str | None = None, position: int = 0, **fields: object) -> Category:
    """Return a category whose id is its name."""
    slug = str(fields.pop("slug", slug_of(name, "category")))
    return Category(id=name, name=name, slug=slug, parent_id=parent, position=position, **fields)  # type: ignore[arg-type]


TREE = CategoryTree.of(
    [
        a_category("Sale", position=1),
        a_category("Clothes"),
        a_category("Shirts", "Clothes", 1),
        a_category("Coats", "Clothes", 0),
        a_category("T-Shirts", "Shirts"),
    ],
    {"gone": "Shirts"},
)


def chain(levels: int) -> CategoryTree:
    """Return a tree of `levels` categories, each below the one before: c1, c2, …"""
    return CategoryTree.of(
        a_category(f"c{level}", f"c{level - 1}" if level > 1 else None) for level in range(1, levels + 1)
    )


def test_parents_come_before_their_children_and_siblings_are_in_order_of_position() -> None:
    assert [each.name for each in TREE.ordered()] == ["Clothes", "Coats", "Shirts", "T-Shirts", "Sale"]
    assert TREE.path("T-Shirts") == ("Clothes", "Shirts", "T-Shirts")
    assert TREE.below("Clothes") == ("Clothes", "Coats", "Shirts", "T-Shirts")


def test_products_are_shown_in_their_categories_and_those_above() -> None:
    assert TREE.shown_in(["T-Shirts", "Sale"]) == {"T-Shirts", "Shirts", "Clothes", "Sale"}
    assert TREE.shown_in(["gone"]) == {"Shirts", "Clothes"}
    assert TREE.within(["Shirts"]) == {"Shirts", "T-Shirts", "gone"}


def test_a_products_categories_follow_deletions() -> None:
    place = TREE.placement(["gone", "Sale", "Shirts", "unknown"])
    assert (place.category_ids, place.name) == (("Shirts", "Sale"), "Shirts")
    assert TREE.placement([]).name is None


def test_a_slug_takes_precedence_over_names() -> None:
    tree = CategoryTree.of(
        [
            a_category("A", slug="mugs"),
            a_category("Mugs", slug="mugs-2"),
            a_category("B"),
            Category(id="c", name="mugs", slug="mugs-3", parent_id="B"),
            Category(id="d", name="Mugs", slug="mugs-4", parent_id="c"),
        ]
    )
    assert tree.find("mugs") == ("A",)
    assert set(tree.find("MUGS")) == {"Mugs", "c"}, "a match below another match is left out"
    assert tree.find("nothing") == ()


def test_a_name_is_matched_without_case() -> None:
    shirts = TREE.by_name(" shirts ")
    assert shirts is not None
    assert shirts.id == "Shirts"
    assert TREE.by_name("Shoes") is None


def test_a_name_of_several_categories_is_ambiguous_unless_one_matches_exactly() -> None:
    both = [
        a_category("Men"),
        Category(id="1", name="Shirts", slug="a"),
        Category(id="2", name="SHIRTS", slug="b"),
    ]
    assert CategoryTree.of(both).by_name("SHIRTS") == both[2]
    with pytest.raises(CategoryAmbiguous) as refused:
        CategoryTree.of(both).by_name("shirts")
    assert refused.value.details["category_ids"] == ["1", "2"]


def test_siblings_move_down_for_an_inserted_category() -> None:
    placed = TREE.place(a_category("New"), 0)
    assert [(each.name, each.position, each.version) for each in placed] == [
        ("New", 0, 1),
        ("Clothes", 1, 2),
        ("Sale", 2, 2),
    ]
    (last,) = TREE.place(a_category("New"), None)
    assert last.position == 2
    (far,) = TREE.place(a_category("New"), 99)
    assert far.position == 2
    assert TREE.place(TREE.categories["Sale"], None) == ()


@pytest.mark.parametrize("parent", ["Clothes", "Shirts", "T-Shirts"])
def test_a_category_never_stands_below_itself(parent: str) -> None:
    with pytest.raises(CategoryTreeBroken):
        TREE.place(a_category("Clothes", parent), None)


def test_there_are_at_most_six_levels() -> None:
    full = chain(MAX_LEVELS)
    with pytest.raises(CategoryTreeBroken):
        full.place(a_category("seventh", f"c{MAX_LEVELS}"), None)
    two = CategoryTree.of([*full.ordered(), a_category("top"), a_category("leaf", "top")])
    with pytest.raises(CategoryTreeBroken):
        two.place(a_category("top", f"c{MAX_LEVELS - 1}"), None)
    assert two.place(a_category("top", f"c{MAX_LEVELS - 2}"), None)


def test_an_unknown_parent_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        TREE.place(a_category("New", "nowhere"), None)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Chef's Knife, 20 cm", "chef-s-knife-20-cm"),
        ("Café Crème", "cafe-creme"),
        ("Łódź Straße", "lodz-strasse"),
        ("100 % Wool", "100-wool"),
        ("Книга", "книга"),
        ("★ ☂", "category"),
        ("a_b", "a-b"),
    ],
)
def test_slugs_are_folded_words(name: str, slug: str) -> None:
    assert slug_of(name, "category") == slug


@given(st.text(max_size=200))
@example("a" * 79 + " b")
def test_every_name_makes_a_valid_slug_and_a_repeated_name_makes_other_ones(name: str) -> None:
    slug = slug_of(name, "product")
    assert slug_rule(slug) is None
    taken = {slug}
    for _ in range(60):
        another = first_free(slug, "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11", taken)
        assert another not in taken, "a slug was given twice"
        assert slug_rule(another) is None
        taken.add(another)
        if len(taken) > 51:
            break


@pytest.mark.parametrize("slug", ["", "A", "a b", "a--b", "-a", "a-", "é", "a" * 121, "a/b", "a\x00"])
def test_malformed_slugs_are_refused(slug: str) -> None:
    assert slug_rule(slug) is not None


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "\N{ZERO WIDTH SPACE}"])
def test_blank_invisible_and_overlong_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationFailed):
        Category(id="1", name=name, slug="a")
