"""The product feed keeps the rules of Google's product data specification, whatever the products are like."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import httpx
import pytest

from shop.domain.catalogue.variant import is_gtin
from shop.domain.money import Currency
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio

G = "{http://base.google.com/ns/1.0}"
PICTURE = "https://images.example.com/mug.jpg"
REQUIRED = ("id", "title", "description", "link", "image_link", "availability", "price", "condition")
MAX_LENGTHS = {
    "id": 50,
    "title": 150,
    "description": 5_000,
    "link": 2_000,
    "image_link": 2_000,
    "additional_image_link": 2_000,
    "product_type": 750,
    "brand": 70,
    "gtin": 50,
    "mpn": 70,
    "item_group_id": 50,
    "color": 40,
    "size": 100,
    "material": 200,
    "pattern": 100,
}
VALUES = {
    "availability": {"in_stock", "out_of_stock", "preorder", "backorder"},
    "condition": {"new", "refurbished", "used"},
    "identifier_exists": {"yes", "no"},
    "gender": {"male", "female", "unisex"},
    "age_group": {"newborn", "infant", "toddler", "kids", "adult"},
}
OTHERS = ("price", "sale_price", "shipping_weight")
OF_GROUPS = {"color", "size", "material", "pattern", "gender", "age_group"}
ADDRESSES = ("link", "image_link", "additional_image_link")
PRICE = re.compile(r"([0-9]+(?:\.[0-9]{1,3})?) ([A-Z]{3})")
WEIGHT = re.compile(r"([0-9]+(?:\.[0-9]+)?) (lb|oz|g|kg)")
ADDRESS = re.compile(r"https?://[A-Za-z0-9%:/?#\[\]@!$&'()*+,;=~._-]+")
LONG = "ä & <b> \ufffe\uffff" * 20


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(url="https://shop.example") as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


def ensure_valid(fields: list[tuple[str, str]]) -> None:
    """Check one item against the published rules."""
    item, counts = dict(fields), Counter(name for name, _ in fields)
    assert all(item.get(name, "").strip() for name in REQUIRED)
    assert set(item) <= {*MAX_LENGTHS, *VALUES, *OTHERS}
    assert counts.pop("additional_image_link", 0) <= 10
    assert set(counts.values()) == {1}
    for name, value in fields:
        assert value, name
        assert len(value) <= MAX_LENGTHS.get(name, len(value)), name
        assert value in VALUES.get(name, {value}), name
        if name in ADDRESSES:
            assert ADDRESS.fullmatch(value), value
            assert urlsplit(value).hostname
    ensure_prices_are_valid(item)
    identified = bool({"brand", "gtin", "mpn"} & set(item))
    assert item.get("identifier_exists", "yes") == ("yes" if identified else "no")
    assert "gtin" not in item or is_gtin(item["gtin"])
    assert ("item_group_id" in item) == bool(OF_GROUPS & set(item))
    if "shipping_weight" in item:
        weight = WEIGHT.fullmatch(item["shipping_weight"])
        assert weight is not None
        assert (weight[2], 0 < float(weight[1]) <= 1_000_000) == ("g", True)


def ensure_prices_are_valid(item: dict[str, str]) -> None:
    amounts = []
    for name in ("price", "sale_price"):
        if name in item:
            price = PRICE.fullmatch(item[name])
            assert price is not None, item[name]
            assert len(price[1].partition(".")[2]) == Currency(price[2]).decimals
            amounts.append(float(price[1]))
    assert all(amount > 0 for amount in amounts)
    assert amounts == sorted(set(amounts), reverse=True)


async def valid_feed(shop: ShopHarness) -> list[dict[str, str]]:
    """Return the items of the feed after all of them were checked."""
    answer = await shop.client.get("/feeds/products.xml")
    assert answer.status_code == 200
    root = Xml.fromstring(answer.content)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    items = [[(field.tag.removeprefix(G), field.text or "") for field in item] for item in root.iter("item")]
    for item in items:
        ensure_valid(item)
    assert len({dict(item)["id"] for item in items}) == len(items)
    return [dict(item) for item in items]


async def test_an_item_of_long_and_hostile_texts_is_valid(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    options = ["Colour", "Size", "Material"]
    variants: list[dict[str, Any]] = [
        {"options": dict.fromkeys(options, f"{letter}{LONG[:90]}"), "price": price, "compareAtPrice": 20}
        for letter, price in (("a", 5), ("b", 20))
    ]
    await new_product(admin, name="Plain", imageUrl=PICTURE)
    body = {
        "name": LONG[:190],
        "description": "<p>\t\n\ufffe]]>" * 900,
        "imageUrl": 'https://images.example.com/größe/a%20"b"|<c>.jpg?x=ä&y={1}#top',
        "category": LONG[:90],
        "vendor": LONG[:90],
        "attributes": {"mpn": LONG[:90], "condition": "As good as new", "gtin": "123"},
    }
    made = await admin.post("/api/products", json={**body, "options": options, "variants": variants})
    assert made.status_code == 201, made.text
    _, reduced, full = await valid_feed(shop)
    assert reduced["image_link"].startswith(
        "https://images.example.com/gr%C3%B6%C3%9Fe/a%20%22b%22%7C%3Cc%3E.jpg?"
    )
    assert (reduced["sale_price"], "sale_price" in full) == ("5.00 USD", False)
    assert reduced["title"].startswith("ä & <b> ä & <b>")


async def test_variants_without_a_price_are_left_out(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await new_product(admin, name="Free", price=0, imageUrl=PICTURE)
    await new_product(admin, name="Free for now", price=0, compareAtPrice=5, imageUrl=PICTURE)
    variants = [{"options": {"Size": size}, "price": price} for size, price in (("S", 0), ("M", 0.01))]
    body = {"name": "Sample", "options": ["Size"], "variants": variants, "imageUrl": PICTURE}
    made = await admin.post("/api/products", json=body)
    assert made.status_code == 201, made.text
    assert [(item["size"], item["price"]) for item in await valid_feed(shop)] == [("M", "0.01 USD")]


@pytest.mark.parametrize(
    ("grams", "shown"), [(0, None), (1, "1 g"), (1_000_000, "1000000 g"), (1_000_001, None)]
)
async def test_weights_are_shown_up_to_a_tonne(
    shop: ShopHarness, admin: httpx.AsyncClient, grams: int, shown: str | None
) -> None:
    await new_product(admin, weight=grams, imageUrl=PICTURE)
    assert [item.get("shipping_weight") for item in await valid_feed(shop)] == [shown]


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1200 JPY"), ("KWD", "1200.000 KWD")])
async def test_prices_have_the_digits_of_their_currency(currency: str, price: str) -> None:
    async with shop_harness(url="https://shop.example", currency=Currency(currency)) as shop:
        await new_product(await shop.admin("owner"), price=1200, imageUrl=PICTURE)
        assert [item["price"] for item in await valid_feed(shop)] == [price]


async def test_the_name_of_the_shop_is_printable() -> None:
    async with shop_harness(url="https://shop.example", shop_name="A & B \x01\ufffe") as shop:
        root = Xml.fromstring((await shop.client.get("/feeds/products.xml")).content)
        assert (root.findtext("channel/title") or "").strip() == "A & B"
