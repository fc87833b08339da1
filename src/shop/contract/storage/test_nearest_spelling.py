"""Contract tests: the words that the nearest spelling is chosen from."""

import pytest

from shop.application.catalogue.nearest_spelling import NearestSpelling
from shop.application.ports.storage import Storage
from shop.contract.product_samples import USD, a_product, remove, revise, store

pytestmark = pytest.mark.anyio


async def test_words_are_counted_and_recognised_by_their_beginnings(storage: Storage) -> None:
    lamp = a_product("Desk Lämp", description="lamp lamps", attributes=(("Material", "Wool"),))
    other, off = a_product("Lamp", sku="LA-7"), a_product("Hidden", active=False)
    await store(storage.unit_of_work, lamp, other, off)
    words = ["lamp", "lamps", "wool", "la", "7", "desk", "hidden", "la-7", "", "lampss"]
    assert await storage.catalogue.count_by_word(words) == {
        "lamp": 2,
        "lamps": 1,
        "wool": 1,
        "la": 1,
        "7": 1,
        "desk": 1,
    }
    begun = await storage.catalogue.known_prefixes(["l", "lamp", "lamps", "lampss", "woo", "hid", "z"])
    assert begun == {"l", "lamp", "lamps", "woo"}
    await remove(storage.unit_of_work, lamp)
    assert await storage.catalogue.count_by_word(["lamp", "desk"]) == {"lamp": 1}
    assert await storage.catalogue.known_prefixes(["desk", "la"]) == {"la"}
    assert await storage.catalogue.count_by_word([]) == {}
    assert await storage.catalogue.known_prefixes([]) == frozenset()


async def test_a_product_with_a_word_and_others_that_begin_alike(storage: Storage) -> None:
    lamp, off = a_product("Desk lamp", description="made of wool"), a_product("Desk hammer", active=False)
    await store(storage.unit_of_work, lamp, off, a_product("Woolen hat"))
    have = storage.catalogue.has_product_with
    for word, prefixes, expected in (
        ("lamp", [], True),
        ("lamp", ["la"], True),
        ("lamp", ["wo", "des", "lamp"], True),
        ("lamp", ["woole"], False),
        ("lam", ["wo"], False),
        ("hat", ["wool"], True),
        ("hat", ["lamp"], False),
        ("hammer", ["desk"], False),
        ("", [""], False),
    ):
        assert await have(word, prefixes, 9) is expected, (word, prefixes)
    await remove(storage.unit_of_work, lamp)
    assert await have("lamp", ["wool"], 9) is False
    assert await have("hat", ["wool"], 0) is False


async def test_many_words_are_looked_up(storage: Storage) -> None:
    await store(storage.unit_of_work, a_product("w700 w1400"))
    words = [f"w{number}" for number in range(1_500)]
    assert await storage.catalogue.count_by_word(words) == {"w700": 1, "w1400": 1}


async def test_the_nearest_spelling_is_the_same_on_every_storage(storage: Storage) -> None:
    products = [
        a_product(name) for name in ("Table lamp", "Red lamp", "Lamb wool", "Keyboard", "Berry", "Note book")
    ]
    await store(storage.unit_of_work, *products)
    nearest = NearestSpelling(storage.catalogue, USD)
    for query, expected in {
        "Lmap": "lamp",
        "lampp": "lamp",
        "lamps": "lamp",
        "berries": "berry",
        "key board": "keyboard",
        "notebook": "note book",
        "tablelamp": "table lamp",
        "rad lmap": "red lamp",
        "red lamb": "red lamp",
        "lamp": None,
        "table": None,
        "red keyboard": None,
        "zzzz": None,
        "!": None,
        "12": None,
    }.items():
        assert await nearest(query) == expected, query
    await revise(storage.unit_of_work, products[3], name="Clavier")
    assert await nearest("key board") is None
