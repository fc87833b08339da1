"""A shop in which all dialects are on."""

from collections.abc import AsyncIterator

import pytest

from shop.settings.values import DialectName
from shop.testing import ShopHarness, shop_harness


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(compat=frozenset(DialectName)) as opened:
        yield opened
