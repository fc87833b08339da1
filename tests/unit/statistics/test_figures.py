"""The figures are always the sums of orders and refunds, whatever happens to the orders, and at whatever time."""

import asyncio
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shop.adapters.memory.storage import MemoryStorage
from shop.contract.sales_figures import assert_figures
from shop.contract.sales_history import MOMENTS, History


@settings(max_examples=60)
@given(st.sampled_from(sorted(MOMENTS)), st.sampled_from(sorted(MOMENTS)), st.integers(0), st.integers(1, 12))
def test_figures_are_sums_in_any_zone(near: str, shown_in: str, seed: int, steps: int) -> None:
    """Sales happen around the moments at which one zone's day, month or offset changes; any zone's days show them."""

    async def live() -> None:
        history = History(MemoryStorage(), near, seed)
        await history.begin()
        for _ in range(steps):
            await history.go_on()
        await assert_figures(history.storage, history, ZoneInfo(shown_in))

    asyncio.run(live())
