"""The texts of generated products: they make sense, and contradict neither themselves nor the product's name."""

from datetime import UTC, datetime
from itertools import chain

from shop.adapters.sql.seeding.categories import SUBCATEGORY_OF_KIND
from shop.adapters.sql.seeding.data import seeded_products
from shop.adapters.sql.seeding.kinds import COLOURS, KINDS, STYLES, description

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_every_kind_has_a_category_materials_remarks_and_a_price_range() -> None:
    assert {kind.name for kind in KINDS} == set(SUBCATEGORY_OF_KIND)
    assert len(KINDS) == len({kind.name for kind in KINDS})
    for kind in KINDS:
        assert len(kind.materials) > 1, kind
        assert len(kind.remarks) > 1, kind
        assert 0 < kind.lowest_price < kind.highest_price


def test_no_material_is_named_like_a_colour() -> None:
    words = set(chain.from_iterable(material.split() for kind in KINDS for material in kind.materials))
    assert not words & {style.lower() for style in COLOURS}
    assert not words & {"graphite"}


def test_a_description_states_the_colour_in_the_products_name() -> None:
    (football,) = (kind for kind in KINDS if kind.name == "Football")
    assert description(football, "White", "leather", "stitched by hand") == (
        "Football made of leather, in white. Stitched by hand."
    )
    assert description(football, "Classic", "leather", "stitched by hand") == (
        "Football made of leather. Stitched by hand."
    )
    assert set(COLOURS) < set(STYLES)
    for seeded in seeded_products(1, 2, 200, NOW):
        name, text = seeded.product.name, seeded.product.description
        named = [words for style, words in COLOURS.items() if f" {style} " in name]
        assert all(f", in {words}." in text for words in named), (name, text)
        assert named or ", in " not in text
