"""The round trip of any catalogue.

Importing an export into its own shop changes nothing; importing it into an empty shop makes the same catalogue.
"""

import asyncio
from decimal import Decimal
from io import BytesIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shop.adapters.memory.storage import MemoryStorage
from shop.application.catalogue.exchange.import_views import ImportView
from shop.application.catalogue.terms import ProductInput
from shop.application.catalogue.variant_terms import VariantInput
from shop.application.framework.idempotency import Done
from shop.container.root import assemble
from shop.container.shop import Shop
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.category import Category
from shop.domain.errors import ShopError, ValidationFailed
from shop.settings import Settings

TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@'\",;\t\r\n\\|> éß€😀aB0"), st.characters(exclude_categories=["Cs"])),
    max_size=12,
)
NAMES = TEXTS.map(lambda text: f"n{text}")
PRICES = st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)
UNITS = st.integers(0, 9)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["Wool", "Größe", "a'b"]),
    st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-9, 9, width=16), NAMES),
    max_size=3,
)
OWNER = Principal("01a21dec-dd21-7546-a33f-58d9f275c56d", "owner", Role.ADMIN, "")


@st.composite
def products(draw: st.DrawFn) -> ProductInput:
    fields: dict[str, Any] = {
        "name": draw(NAMES),
        "description": draw(TEXTS),
        "vendor": draw(st.none() | TEXTS),
        "attributes": draw(ATTRIBUTES),
        "active": draw(st.booleans()),
        "requires_shipping": draw(st.booleans()),
        "image_url": draw(st.sampled_from([None, "https://cdn.example.com/a,b.jpg", "/media/x"])),
    }
    if draw(st.booleans()):
        weight = draw(st.none() | UNITS)
        return ProductInput(**fields, price=draw(PRICES), stock=draw(UNITS), weight=weight)
    sizes = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=lambda text: text.strip().casefold()))
    variants = [
        VariantInput(
            options={"Size, ok": size},
            price=draw(PRICES),
            stock=draw(UNITS),
            barcode=draw(st.sampled_from([None, "'=1", "0123"])),
            active=draw(st.booleans()),
        )
        for size in sizes
    ]
    return ProductInput(**fields, options=["Size, ok"], variants=variants)


def a_shop() -> Shop:
    return assemble(Settings(jwt_secret="-" * 32), MemoryStorage())


async def filled(shop: Shop, wanted: list[ProductInput], paths: list[list[str]]) -> int:
    """Create the products, each in a category at the end of a path; return the number of valid ones."""
    made = 0
    for terms, path in zip(wanted, paths, strict=False):
        parent: str | None = None
        for name in path:
            parent = await _category(shop, name, parent) or parent
        terms.category_ids = [parent] if parent else []
        try:
            await shop.catalogue.create_product()(OWNER, terms)
        except ShopError:
            continue
        made += 1
    return made


async def _category(shop: Shop, name: str, parent: str | None) -> str | None:
    category_id = shop.catalogue.ids().new_id()
    try:
        async with shop.storage.unit_of_work() as work:
            tree = await work.categories.lock()
            slug = tree.slug_for(category_id, name)
            for placed in tree.place(Category(id=category_id, name=name, slug=slug, parent_id=parent), None):
                await work.categories.add(placed)
    except ValidationFailed:
        return None
    return category_id


async def exported(shop: Shop) -> str:
    shop.catalogue.current_categories().changed()
    return "".join([part async for part in shop.catalogue.export_products()()])


async def imported(shop: Shop, file: str) -> ImportView:
    outcome = await shop.catalogue.start_import()(
        OWNER, BytesIO(file.encode()), dry_run=False, set_stock=True
    )
    assert isinstance(outcome, Done)
    run_imports = shop.catalogue.run_imports()
    while await run_imports():
        pass
    return await shop.catalogue.show_import()(outcome.view.id)


@settings(max_examples=40)
@given(st.lists(products(), max_size=4), st.lists(st.lists(NAMES, max_size=3), min_size=4, max_size=4))
def test_any_catalogue_is_the_same_after_export_and_import(
    wanted: list[ProductInput], paths: list[list[str]]
) -> None:
    async def check() -> None:
        shop, other = a_shop(), a_shop()
        made = await filled(shop, wanted, paths)
        file = await exported(shop)
        again = await imported(shop, file)
        assert (again.unchanged, again.rows, again.errors) == (made, again.processed, [])
        assert (again.created, again.updated, again.failed) == (0, 0, 0)
        assert await exported(shop) == file
        copied = await imported(other, file)
        assert (copied.created, copied.failed) == (made, 0)
        assert await exported(other) == file
        await shop.close()
        await other.close()

    asyncio.run(check())
