"""The rules of products and of adjustments of their stock."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.contract.product_samples import LATER, NOW, revised
from shop.domain.catalogue.product import Product, simple_product
from shop.domain.catalogue.stock import (
    MAX_STOCK,
    StockAdjustment,
    StockMismatch,
    StockTooLow,
    change_to,
    ensure_possible_stock,
)
from shop.domain.errors import ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS


def a_product(**fields: Any) -> Product:
    return simple_product(
        **{"id": "p1", "name": "Lamp", "price": 2599, "created_at": NOW, "updated_at": NOW, **fields}
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": " \t\n"}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"name": "\x00\n"}, {"name"}),
        ({"name": "\ud800"}, {"name"}),
        ({"name": "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{SOFT HYPHEN}"}, {"name"}),
        ({"name": "\N{HANGUL FILLER}"}, {"name"}),
        ({"sku": "x" * 65}, {"sku"}),
        ({"sku": "a\x07"}, {"sku"}),
        ({"sku": "a\nb"}, {"sku"}),
        ({"sku": "\N{ZERO WIDTH SPACE}"}, {"sku"}),
        ({"category": "x" * 101}, {"category"}),
        ({"description": "x" * 10_001}, {"description"}),
        ({"price": -1}, {"price"}),
        ({"price": MAX_MINOR_UNITS + 1}, {"price"}),
        ({"compare_at_price": -1}, {"compare_at_price"}),
        ({"price": 500, "compare_at_price": 499}, {"compare_at_price"}),
        ({"image_url": "javascript:alert(1)"}, {"image_url"}),
        ({"image_url": "https://"}, {"image_url"}),
        ({"image_url": "http://example.com/lamp.jpg"}, {"image_url"}),
        ({"image_url": "//example.com/lamp.jpg"}, {"image_url"}),
        ({"image_url": "/\\example.com/lamp.jpg"}, {"image_url"}),
        ({"image_url": "lamp.jpg"}, {"image_url"}),
        ({"image_url": "https:///lamp.jpg"}, {"image_url"}),
        ({"image_url": "https://example.com/a b.jpg"}, {"image_url"}),
        ({"image_url": "https://example.com/a\x07.jpg"}, {"image_url"}),
        ({"image_url": "data:image/png;base64,AAAA"}, {"image_url"}),
        ({"image_url": "https://x.example/" + "x" * 2_000}, {"image_url"}),
        ({"name": "", "price": -1, "sku": "x" * 65}, {"name", "price", "sku"}),
    ],
)
def test_every_broken_rule_is_named(fields: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        a_product(**fields)
    assert refused.value.details.keys() == wrong


def test_the_bounds_themselves_are_allowed() -> None:
    product = a_product(
        name="x" * 200,
        sku="x" * 64,
        category="x" * 100,
        description="x" * 9_998 + "\n\t",
        price=MAX_MINOR_UNITS,
        compare_at_price=MAX_MINOR_UNITS,
        image_url="HTTPS://example.com/x.jpg",
    )
    assert product.price == MAX_MINOR_UNITS
    assert a_product(price=0).price == 0


@pytest.mark.parametrize("url", ["/lamp.jpg", "/media/a%20b.webp?w=640#x", "https://[::1]:8443/lamp.jpg"])
def test_pictures_are_https_addresses_or_paths_of_the_shop(url: str) -> None:
    assert a_product(image_url=f" {url}\n").image_url == url


def test_texts_are_composed_and_lose_control_characters() -> None:
    product = a_product(
        name="Cafe\N{COMBINING ACUTE ACCENT}\x07 \nMug\x85",
        category="\x1bHome",
        description="a\r\n\tb\x00",
        sku="\u212b",
    )
    assert (product.name, product.category) == ("Caf\N{LATIN SMALL LETTER E WITH ACUTE} Mug", "Home")
    assert (product.description, product.sku) == ("a\r\n\tb", "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}")
    assert a_product(category="\N{ZERO WIDTH SPACE}").category is None


def test_texts_are_trimmed_and_empty_optional_texts_are_none() -> None:
    product = a_product(name=" Lamp ", sku=" ", category="\tHome ", description=" \n ", image_url="")
    assert (product.name, product.sku, product.category, product.description, product.image_url) == (
        "Lamp",
        None,
        "Home",
        "",
        None,
    )


def test_a_revision_is_a_new_version_and_leaves_the_former_one_unchanged() -> None:
    product = a_product(sku="A")
    changed = revised(product, price=1999, active=False)
    assert (changed.version, changed.price, changed.active, changed.sku) == (2, 1999, False, "A")
    assert (changed.created_at, changed.updated_at) == (NOW, LATER)
    assert (product.version, product.price) == (1, 2599), "the former version is unchanged"


def test_a_revision_obeys_the_same_rules() -> None:
    with pytest.raises(ValidationFailed):
        revised(a_product(), name=" ")


def test_a_deleted_product_frees_its_sku_and_is_not_listed() -> None:
    product = a_product(sku="A")
    gone = product.delete(LATER)
    assert product.listed
    assert not gone.listed
    assert (gone.sku, gone.deleted, gone.version, gone.updated_at) == (None, True, 2, LATER)


@pytest.mark.parametrize("verb", [lambda gone: gone.delete(LATER), revised])
def test_a_deleted_product_refuses_every_change(verb: Any) -> None:
    gone = a_product().delete(NOW)
    with pytest.raises(AssertionError):
        verb(gone)


def test_an_inactive_product_is_not_listed() -> None:
    assert not a_product(active=False).listed


@given(st.integers(0, MAX_STOCK), st.integers(-2 * MAX_STOCK, 2 * MAX_STOCK))
def test_an_adjustment_never_leaves_an_impossible_stock(available: int, change: int) -> None:
    def adjust() -> StockAdjustment:
        return StockAdjustment("a1", "p1", change, available + change, None, "u1", NOW)

    if available + change < 0:
        with pytest.raises(StockTooLow) as refused:
            adjust()
        assert refused.value.details == {"available": available}
    elif available + change > MAX_STOCK:
        with pytest.raises(ValidationFailed):
            adjust()
    else:
        assert adjust().available == available + change


def test_an_adjustment_has_a_reason_of_bounded_length() -> None:
    with pytest.raises(ValidationFailed):
        StockAdjustment("a1", "p1", 1, 1, "x" * 501, "u1", NOW)


def test_setting_a_stock_is_refused_if_it_is_not_as_expected() -> None:
    assert change_to(40, expected=37, available=37) == 3
    with pytest.raises(StockMismatch) as refused:
        change_to(40, expected=37, available=36)
    assert refused.value.details == {"expected": 37, "available": 36}


@pytest.mark.parametrize("units", [-1, MAX_STOCK + 1])
def test_impossible_stocks_are_refused(units: int) -> None:
    with pytest.raises(ValidationFailed):
        ensure_possible_stock(units, "stock")
