"""Contract tests: variants of products."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.application.catalogue.views import listed_product_view, product_view
from shop.application.ports.statistics import SoldBy
from shop.application.ports.storage import Storage
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.contract.order_samples import a_user
from shop.contract.product_samples import (
    LATER,
    NOW,
    USD,
    a_product,
    a_product_in_sizes,
    ids,
    page,
    remove,
    store,
)
from shop.domain.catalogue.prices import PriceChange
from shop.domain.catalogue.product import Product, SkuTaken
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.catalogue.variant import Variant
from shop.domain.orders.snapshot import OrderLine

pytestmark = pytest.mark.anyio


async def loaded(unit_of_work: UnitOfWorkFactory, product: Product) -> tuple[Product, dict[str, int]]:
    """Return the product as stored, and the stock of all its variants, including deleted ones."""
    async with unit_of_work() as work:
        stored = await work.products.get(product.id)
        assert stored is not None
        return stored, dict(await work.stock.of_product(product.id))


async def updated(unit_of_work: UnitOfWorkFactory, before: Product, after: Product, **units: int) -> Product:
    async with unit_of_work() as work:
        assert await work.products.lock(before.id) == before
        await work.products.update(before, after, units)
    return after


def lines(*items: tuple[Variant, Product, int]) -> list[OrderLine]:
    return [
        OrderLine(variant.id, product.id, None, "Shirt", 1, quantity, 0)
        for variant, product, quantity in items
    ]


async def test_a_product_comes_back_with_its_variants(storage: Storage) -> None:
    sized = a_product_in_sizes("S", "M", "L")
    full = Variant(
        id=sized.variants[1].id,
        price=5,
        options=("Ünïcode \U0001f455",),
        sku="A",
        compare_at_price=9,
        prior_price=7,
        weight=0,
        barcode="4006381333931",
        image_url="/m.jpg",
        active=False,
    )
    product = replace(
        sized,
        vendor="Weaver",
        attributes=(("Material", "Wool"), ("Care", True), ("Age", 12), ("Ratio", 0.1), ("À", False)),
        requires_shipping=False,
        tax_class="reduced",
        withdrawable=False,
        variants=(sized.variants[0], full, sized.variants[2]),
    )
    await store(storage.unit_of_work, product, stock=3)
    stored, units = await loaded(storage.unit_of_work, product)
    assert stored == product
    assert units == dict.fromkeys((variant.id for variant in product.variants), 3)
    assert await storage.catalogue.product(product.id, USD) == product_view(product, units, USD)
    assert (await page(storage.catalogue)).items == [listed_product_view(product, units, USD)]


async def test_an_offer_says_how_the_item_is_taxed_and_shipped(storage: Storage) -> None:
    plain, sized = a_product(), a_product_in_sizes("S", "M")
    heavy = replace(sized.variants[1], weight=1_500)
    sized = replace(sized, requires_shipping=False, tax_class="Reduced", variants=(sized.variants[0], heavy))
    for product in (plain, sized):
        await store(storage.unit_of_work, product, stock=3)
    small, medium = sized.variants
    async with storage.unit_of_work() as work:
        offers = await work.products.offers([plain.id, small.id, medium.id])
    terms = {
        item_id: (offer.tax_class, offer.requires_shipping, offer.weight) for item_id, offer in offers.items()
    }
    assert terms == {
        plain.id: ("standard", True, 0),
        small.id: ("Reduced", False, 0),
        medium.id: ("Reduced", False, 1_500),
    }


async def test_variants_are_added_changed_moved_and_removed(storage: Storage) -> None:
    before = a_product_in_sizes("S", "M", "L")
    await store(storage.unit_of_work, before, stock=3)
    small, medium, large = before.variants
    new = Variant(id=ids.new_id(), price=1, options=("XL",), sku="NEW")
    changed = replace(medium, price=9, options=("Medium",))
    after = before.set_variants(("Width",), (large, new, changed), LATER)
    await updated(storage.unit_of_work, before, after, **{new.id: 8})
    stored, units = await loaded(storage.unit_of_work, after)
    assert stored == after
    assert units == {small.id: 3, medium.id: 3, large.id: 3, new.id: 8}
    shown = await storage.catalogue.product(after.id, USD)
    assert shown == product_view(after, units, USD)
    async with storage.unit_of_work() as work:
        offers = await work.products.offers([small.id, new.id])
        assert (offers[small.id].active, offers[small.id].removed) == (False, True)
        assert offers[small.id].options == (("Size", "S"),)
        assert (offers[new.id].active, offers[new.id].options) == (True, (("Width", "XL"),))
        assert [offer.item_id for offer in await work.products.choices([after.id])] == [
            large.id,
            new.id,
            medium.id,
        ]


async def test_ids_of_products_and_variants_are_known_until_they_are_deleted(storage: Storage) -> None:
    sized, plain, gone = a_product_in_sizes("S", "M"), a_product(), a_product_in_sizes("S", "M")
    for product in (sized, plain, gone):
        await store(storage.unit_of_work, product)
    small, medium = sized.variants
    after = sized.set_variants(("Size",), (medium,), LATER).revise(LATER, active=False)
    await updated(storage.unit_of_work, sized, after)
    await remove(storage.unit_of_work, gone)
    asked = [sized.id, small.id, medium.id, plain.id, gone.id, gone.variants[0].id, ids.new_id(), "nothing"]
    async with storage.unit_of_work() as work:
        assert await work.products.known_ids(asked) == {sized.id, medium.id, plain.id}
        assert await work.products.known_ids([]) == frozenset()


async def test_a_revived_variant_has_its_former_stock(storage: Storage) -> None:
    plain = a_product(sku="A")
    await store(storage.unit_of_work, plain, stock=5)
    only = Variant(id=ids.new_id(), price=1, options=("S",), sku="A")
    sized = await updated(
        storage.unit_of_work, plain, plain.set_variants(("Size",), (only,), LATER), **{only.id: 2}
    )
    back = sized.set_variants((), (Variant(id=plain.id, price=3, sku="A"),), LATER)
    await updated(storage.unit_of_work, sized, back, **{plain.id: 9})
    stored, units = await loaded(storage.unit_of_work, back)
    assert (stored, units) == (back, {plain.id: 5, only.id: 2})
    user_id = await a_user(storage.unit_of_work)
    async with storage.unit_of_work() as work:
        assert await work.stock.lock(plain.id) == 5
        await work.stock.adjust(StockAdjustment(ids.new_id(), plain.id, -5, 0, None, user_id, NOW))
    assert (await page(storage.catalogue, in_stock=False)).total == 1


async def test_skus_can_move_between_variants_and_stay_unique(storage: Storage) -> None:
    sized = a_product_in_sizes("S", "M")
    one, two = (replace(variant, sku=sku) for variant, sku in zip(sized.variants, "AB", strict=True))
    before = replace(sized, variants=(one, two))
    await store(storage.unit_of_work, before)
    swapped = before.set_variants(("Size",), (replace(one, sku="B"), replace(two, sku="A")), LATER)
    await updated(storage.unit_of_work, before, swapped)
    with pytest.raises(SkuTaken):
        await store(storage.unit_of_work, a_product(sku="A"))
    other = a_product()
    await store(storage.unit_of_work, other)
    taken = other.revise(LATER, replace(other.variants[0], sku="B"))
    with pytest.raises(SkuTaken):
        await updated(storage.unit_of_work, other, taken)
    await remove(storage.unit_of_work, swapped)
    await store(storage.unit_of_work, a_product(sku="A"), a_product(sku="B"))


async def test_stock_is_taken_only_from_active_variants_of_listed_products(storage: Storage) -> None:
    before = a_product_in_sizes("S", "M")
    await store(storage.unit_of_work, before, stock=5)
    small, medium = before.variants

    async def can_take(item_id: str) -> bool:
        async with storage.unit_of_work() as work:
            taken = await work.stock.take({item_id: 1})
            if taken:
                await work.stock.give_back({item_id: 1})
            return taken

    assert [await can_take(each.id) for each in before.variants] == [True, True]
    off = before.change_variant(replace(small, active=False), LATER)
    await updated(storage.unit_of_work, before, off)
    assert [await can_take(each.id) for each in before.variants] == [False, True]
    gone = off.set_variants(("Size",), (off.variants[0],), LATER)
    await updated(storage.unit_of_work, off, gone)
    assert [await can_take(each.id) for each in before.variants] == [False, False]
    on = gone.change_variant(small, LATER)
    await updated(storage.unit_of_work, gone, on)
    assert await can_take(small.id)
    inactive = on.revise(LATER, active=False)
    await updated(storage.unit_of_work, on, inactive)
    assert not await can_take(small.id)
    async with storage.unit_of_work() as work:
        await work.stock.give_back({medium.id: 1})
        assert not await work.products.choices([before.id])
        assert await work.stock.of_product(before.id) == {small.id: 5, medium.id: 6}


async def test_sold_out_products_are_marked(storage: Storage) -> None:
    some, none_left, none_active, plain = (
        a_product_in_sizes("S", "M", name="some"),
        a_product_in_sizes("S", "M", name="none left"),
        a_product_in_sizes("S", "M", name="none active"),
        a_product("plain"),
    )
    none_active = replace(
        none_active, variants=tuple(replace(each, active=False) for each in none_active.variants)
    )
    await store(storage.unit_of_work, some, none_active, plain, stock=1)
    await store(storage.unit_of_work, none_left, stock=0)
    async with storage.unit_of_work() as work:
        assert await work.stock.take({some.variants[0].id: 1, plain.id: 1})

    async def found(in_stock: bool, **wanted: Any) -> set[str]:
        shown = await page(storage.catalogue, in_stock=in_stock, **wanted)
        assert shown.total == len(shown.items)
        return {item.name for item in shown.items}

    for lowest in (None, 1):
        assert await found(True, min_price=lowest) == {"some"}
    assert await found(False) == {"none left", "none active", "plain"}
    # A price is met by an active variant.
    assert await found(False, min_price=1) == {"none left", "plain"}
    for words in ("none", "s"):
        assert await found(False, search=words) == {"none left", "none active"}
    assert await found(False, search="some") == set()
    assert await found(True, search="m") == {"some"}


async def test_price_changes_are_kept(storage: Storage) -> None:
    product, other = a_product_in_sizes("S", "M"), a_product()
    await store(storage.unit_of_work, product, other)
    first, second = (variant.id for variant in product.variants)
    changes = [
        PriceChange(ids.new_id(), first, NOW, 5, 4),
        PriceChange(ids.new_id(), first, NOW - timedelta(microseconds=1), 6, 5),
        PriceChange(ids.new_id(), second, NOW, 5, 4),
        PriceChange(ids.new_id(), other.id, LATER, 1, 2),
    ]
    async with storage.unit_of_work() as work:
        await work.products.record_prices(changes)
    async with storage.unit_of_work() as work:
        assert list(await work.products.price_changes([first], NOW)) == [changes[0]]
        found = await work.products.price_changes([first, other.id], NOW - timedelta(days=1))
        assert {change.id for change in found} == {changes[0].id, changes[1].id, changes[3].id}


async def test_popularity_and_facts_by_variant_and_product(storage: Storage) -> None:
    product, plain = a_product_in_sizes("S", "M"), a_product(sku="P")
    await store(storage.unit_of_work, product, plain, stock=3)
    small, medium = product.variants
    async with storage.unit_of_work() as work:
        await work.products.count_sales(
            lines((small, product, 2), (medium, product, 40), (plain.variants[0], plain, 1)), NOW.date()
        )
    variants = await storage.statistics.facts([small.id, medium.id, product.id, plain.id])
    assert variants.keys() == {small.id, medium.id, plain.id}
    assert [variants[each].popularity for each in (small.id, medium.id, plain.id)] == [2, 40, 1]
    assert (variants[small.id].options, variants[small.id].product_id) == ((("Size", "S"),), product.id)
    products = await storage.statistics.facts([product.id, plain.id], SoldBy.PRODUCT)
    assert [products[each].popularity for each in (product.id, plain.id)] == [42, 1]
    assert (products[product.id].stock, products[product.id].options) == (6, ())
    assert [facts.id for facts in await storage.statistics.selling_out(0, 3, 9)] == [medium.id]
    candidates = await storage.statistics.insight_candidates(9)
    assert set(candidates) == {small.id, medium.id, plain.id}
