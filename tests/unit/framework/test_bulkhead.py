"""The bulkhead, and a request's wait budget."""

import asyncio

import pytest

from shop.application.framework.transactions import (
    MAX_RUNS,
    Bulkhead,
    Waiting,
    retry_on_conflict,
    seconds_left,
    wait_budget,
)
from shop.application.ports.unit_of_work import LockTimeout, TransactionConflict
from shop.domain.errors import Unavailable

pytestmark = pytest.mark.anyio


async def test_admission_is_limited_and_a_refused_run_waits_for_a_free_place() -> None:
    bulkhead, inside, order = Bulkhead(2), asyncio.Event(), list[str]()

    async def buy(name: str, things: list[str]) -> None:
        admission = bulkhead.admission()

        @retry_on_conflict
        async def unit_of_work() -> None:
            async with admission:
                order.append(f"{name} begins")
                await admission.require(things)
                order.append(f"{name} is inside")
                await inside.wait()

        await unit_of_work()

    tasks = [asyncio.create_task(buy(name, ["mug"])) for name in ("ada", "bob", "eve")]
    other = asyncio.create_task(buy("zoe", ["lamp"]))
    while order.count("eve begins") < 1 or "zoe is inside" not in order:  # noqa: ASYNC110 (no event stands for both)
        await asyncio.sleep(0)
    assert [each for each in order if each.endswith("inside")] == [
        "ada is inside",
        "bob is inside",
        "zoe is inside",
    ]
    await asyncio.sleep(0.05)  # longer than the first pauses between runs, which begin at 2 ms
    assert order.count("eve begins") == 1, "her second run began before a place was free"
    inside.set()
    await asyncio.gather(*tasks, other)
    assert order[-2:] == ["eve begins", "eve is inside"]


async def test_buyers_of_the_same_items_in_different_orders_do_not_deadlock() -> None:
    bulkhead = Bulkhead(1)

    async def buy(*things: str) -> None:
        admission = bulkhead.admission()

        @retry_on_conflict
        async def unit_of_work() -> None:
            async with admission:
                await admission.require(things)
                await asyncio.sleep(0)

        await unit_of_work()

    async with asyncio.timeout(10):
        await asyncio.gather(*(buy(*pair) for pair in [("mug", "lamp"), ("lamp", "mug")] * 4))


async def test_waiting_ends_with_the_budget() -> None:
    bulkhead = Bulkhead(1)
    holder, late = bulkhead.admission(), bulkhead.admission()
    async with holder:
        await holder.require(["mug"])
        with wait_budget(0.01):
            with pytest.raises(TransactionConflict):
                async with late:
                    await late.require(["mug"])
            with pytest.raises(Unavailable):
                async with late:
                    pass
            assert seconds_left() == 0
    async with late:
        await late.require(["mug"])


async def test_a_lock_timeout_is_retried_once_and_other_conflicts_more_often() -> None:
    runs = 0

    @retry_on_conflict
    async def lose(conflict: type[TransactionConflict]) -> None:
        nonlocal runs
        runs += 1
        raise conflict

    for conflict, expected in ((LockTimeout, 2), (TransactionConflict, MAX_RUNS)):
        runs = 0
        with pytest.raises(Unavailable) as caught:
            await lose(conflict)
        assert caught.value.retry_after
        assert runs == expected


async def test_nothing_is_retried_once_the_budget_is_used_up() -> None:
    runs = 0

    @retry_on_conflict
    async def lose() -> None:
        nonlocal runs
        runs += 1
        raise TransactionConflict

    with wait_budget(0), pytest.raises(Unavailable):
        await lose()
    assert runs == 1


async def test_only_waiting_uses_up_the_budget() -> None:
    with wait_budget(1000):
        waiting = Waiting()
        await asyncio.sleep(0.01)
        waiting.end()
        left = seconds_left()
        assert left <= 1000 - 0.01
        await asyncio.sleep(0.01)
        assert seconds_left() == left
    assert seconds_left() == float("inf")
