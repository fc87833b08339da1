"""Each dialect end to end, in memory; `tests/integration/test_compat.py` runs the same stories on MySQL."""

import pytest

from shop.testing import ShopHarness
from tests.compat_stories import STORIES

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("dialect", STORIES)
async def test_clients_of_the_dialect_work_unchanged(shop: ShopHarness, dialect: str) -> None:
    await STORIES[dialect](shop)
