"""What an import says about rows that are wrong."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.testing import ShopHarness, shop_harness
from tests.unit.imports import import_file
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def failures(
    shop: ShopHarness, admin: httpx.AsyncClient, content: str
) -> list[tuple[int, str | None, str]]:
    done = await import_file(shop, admin, content)
    return [(error["row"], error["column"], error["message"]) for error in done["errors"]]


ATTRIBUTES_FORM = (
    "Attributes must be JSON of texts, numbers and booleans by name,"
    ' such as {"Material": "Wool", "Washable": true}.'
)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({f"n{number}": 1 for number in range(21)}, "Attributes must be at most 20, and are 21."),
        ({"Size": 1, "SIZE": 2}, "Attributes must have different names: `SIZE` comes twice."),
        ({"Size": None}, "Attributes must have a text, a number, true or false as the value of `Size`."),
        ({"Size": [1]}, "Attributes must have a text, a number, true or false as the value of `Size`."),
        (
            {"Size": 10**400},
            "Attributes must have usable values: the value of `Size` must be between -9007199254740991 and"
            " 9007199254740991.",
        ),
        (["Size"], ATTRIBUTES_FORM),
    ],
)
async def test_the_error_names_the_attribute_that_is_wrong(
    shop: ShopHarness, admin: httpx.AsyncClient, attributes: object, message: str
) -> None:
    cell = json.dumps(attributes).replace('"', '""')
    found = await failures(shop, admin, f'Handle,Name,Price,Attributes\nmug,Mug,5,"{cell}"\n')
    assert found == [(2, "Attributes", message)]


async def test_too_many_variants_are_counted(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    def file(sizes: range) -> str:
        rows = "".join(f"tee,Tee,5,Size,{size}\n" for size in sizes)
        return f"Handle,Name,Price,Option1 name,Option1 value\n{rows}"

    expected = (
        "The product would have 101 variants, and a product can have at most 100:"
        " give some of its rows another handle, so that they become a second product."
    )
    assert await failures(shop, admin, file(range(101))) == [(2, None, expected)]
    assert await failures(shop, admin, file(range(100))) == []
    assert await failures(shop, admin, file(range(100, 101))) == [(2, None, expected)]


async def test_the_error_names_the_option_that_is_wrong(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    found = await failures(
        shop,
        admin,
        "Handle,Name,Price,Option1 name,Option1 value,Option2 name,Option2 value\n"
        "a,A,5,Size,S,size,M\n"
        "b,B,5,Size,S,Colour,Red\n"
        "b,,5,,M,,\n",
    )
    assert found == [
        (2, "Option2 name", "Option2 name must not be size again: option names differ."),
        (4, "Option2 value", "Option2 value must not be blank: the product has the option Colour."),
    ]


async def test_a_form_needs_one_file(admin: httpx.AsyncClient) -> None:
    part = ("file", ("a.csv", b"Handle,Name\n"))
    two = refused(await admin.post("/api/admin/imports", files=[part, part]), 400, "VALIDATION_FAILED")
    assert two == {"file": "must be one file: send only one part of this name"}
    text: Any = {"file": (None, "Handle,Name")}
    found = refused(await admin.post("/api/admin/imports", files=text), 400, "VALIDATION_FAILED")
    assert found == {"file": "must be a file: give the part a filename"}
