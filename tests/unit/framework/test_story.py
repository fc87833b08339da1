"""The docs page tells the API in chapters: first what buyers do, in order, then what administrators do."""

from typing import Any

import pytest

from shop.entrypoints.http.framework.openapi import openapi_document
from shop.entrypoints.http.framework.story import _STORY
from shop.settings import Payments
from shop.testing import shop_harness

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def document(anyio_backend: str) -> dict[str, Any]:
    async with shop_harness(payments=(Payments.SANDBOX, Payments.MANUAL)) as shop:
        return openapi_document(shop.app)


async def test_every_operation_is_in_one_chapter(document: dict[str, Any]) -> None:
    told = [each for chapter in document["x-chapters"] for each in chapter["operations"]]
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(told) == sorted(ids)


async def test_the_story_goes_from_signing_up_to_paying_and_then_to_administering(
    document: dict[str, Any],
) -> None:
    names = [chapter["name"] for chapter in document["x-chapters"]]
    assert names[:5] == ["Sign up and log in", "Browse", "Fill a cart", "Check out", "Pay"]
    assert names.index("Follow orders") < names.index("Administer the catalogue")
    assert names[-1] == "Operate the shop"
    first = document["x-chapters"][0]["operations"]
    assert first[:2] == ["signUp", "logIn"]


async def test_every_operation_that_the_story_names_exists(document: dict[str, Any]) -> None:
    ids = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert {each for _, named in _STORY for each in named.split()} <= ids


async def test_no_chapter_mixes_operations_with_and_without_a_permission(document: dict[str, Any]) -> None:
    operations = {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }
    for chapter in document["x-chapters"]:
        needed = {"x-permission" in operations[each] for each in chapter["operations"]}
        assert len(needed) == 1, chapter["name"]
