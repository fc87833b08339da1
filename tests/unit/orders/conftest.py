"""Fixtures of orders."""

import httpx
import pytest

from tests.unit.orders.untouched import Untouched


@pytest.fixture
async def untouched(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Untouched:
    state = Untouched(admin, ada)
    await state.prepare()
    return state
