"""Contract tests: order tokens."""

import secrets
from typing import Any

import pytest

from shop.contract.order_samples import NOW, an_order, ids, rolled_back
from shop.domain.orders.token import OrderToken

pytestmark = pytest.mark.anyio


async def a_token(storage: Any, order_id: str) -> OrderToken:
    token = OrderToken(ids.new_id(), order_id, secrets.token_bytes(32), NOW)
    async with storage.unit_of_work() as work:
        await work.order_tokens.add(token)
    return token


async def test_an_order_may_have_several_tokens(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    tokens = [await a_token(storage, order.id) for _ in range(2)]
    assert [await storage.order_tokens.find(token.digest) for token in tokens] == tokens
    assert await storage.order_tokens.find(bytes(32)) is None


async def test_a_rolled_back_token_does_not_exist(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    token = OrderToken(ids.new_id(), order.id, secrets.token_bytes(32), NOW)
    async with rolled_back(storage.unit_of_work) as work:
        await work.order_tokens.add(token)
    assert await storage.order_tokens.find(token.digest) is None
