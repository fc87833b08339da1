"""Adjusting a product's stock."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.lamps import changed_product, created, path, refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def test_stock_is_changed_or_set_if_it_is_as_expected(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, stock=7)
    for request, stock in (
        ({"change": -2, "reason": "broken"}, 5),
        ({"change": 0}, 5),
        ({"set": 40, "expected": 5}, 40),
        ({"set": 40, "expected": 40, "reason": None}, 40),
        ({"change": -40}, 0),
    ):
        answer = await admin.post(path(product, "/stock"), json=request)
        assert answer.status_code == 200
        assert answer.json() == changed_product(product, {"stock": stock})
        assert answer.headers["ETag"] == f'"1-{stock}"'
        assert (await shop.client.get(path(product))).json()["stock"] == stock


IMPOSSIBLE = [
    ({"change": -8}, 409, "STOCK_TOO_LOW"),
    ({"change": -(10**30)}, 400, "VALIDATION_FAILED"),
    ({"set": 1, "expected": 6}, 409, "STOCK_MISMATCH"),
    ({}, 400, "VALIDATION_FAILED"),
    ({"set": 1}, 400, "VALIDATION_FAILED"),
    ({"expected": 7}, 400, "VALIDATION_FAILED"),
    ({"change": 1, "expected": 7}, 400, "VALIDATION_FAILED"),
    ({"change": 1, "set": 1, "expected": 7}, 400, "VALIDATION_FAILED"),
    ({"set": -1, "expected": 7}, 400, "VALIDATION_FAILED"),
    ({"change": 10**9}, 400, "VALIDATION_FAILED"),
    ({"change": 1.5}, 400, "VALIDATION_FAILED"),
    ({"change": True}, 400, "VALIDATION_FAILED"),
    ({"change": 1, "reason": "x" * 501}, 400, "VALIDATION_FAILED"),
]


async def test_an_impossible_adjustment_changes_nothing(admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=7)
    for body, status, code in IMPOSSIBLE:
        assert refusal(await admin.post(path(product, "/stock"), json=body)) == (status, code), body
    assert (await admin.get(path(product))).json() == product


async def test_a_retried_adjustment_counts_once(admin: httpx.AsyncClient) -> None:
    product = await created(admin, stock=7)
    key = {"Idempotency-Key": "k"}
    answers = [await admin.post(path(product, "/stock"), json={"change": -1}, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert (await admin.get(path(product))).json()["stock"] == 6
