"""The worker runs the jobs of a lane one at a time, backs off while they fail, and stops when it is told to."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from shop.domain.errors import Unavailable
from shop.entrypoints.worker import Job, Worker

pytestmark = pytest.mark.anyio


async def nothing() -> None:
    """A job that has nothing to do."""


def test_the_pause_of_a_failing_job_doubles_up_to_a_minute() -> None:
    job = Job("orders", nothing, every=1)
    pauses = []
    for _ in range(8):
        job.schedule(1000, failed=True)
        pauses.append(job.due - 1000)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    job.schedule(1000, failed=False)
    assert job.due == 1001


def test_failures_do_not_make_a_rare_job_more_frequent() -> None:
    job = Job("sales", nothing, every=300)
    for _ in range(3):
        job.schedule(0, failed=True)
    assert job.due == 300


@pytest.mark.parametrize("error", [Unavailable("no"), ZeroDivisionError(), ExceptionGroup("", [OSError()])])
async def test_a_failing_job_does_not_stop_the_others(error: Exception) -> None:
    stop, runs = asyncio.Event(), 0
    registry = CollectorRegistry()

    async def fails() -> None:
        raise error

    async def works() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            stop.set()

    jobs = [Job("broken", fails, every=30), Job("sound", works, every=0)]
    await Worker(jobs, registry).run(stop)
    assert runs == 3
    assert jobs[0].failures == 1
    for job, pause in (("broken", 60), ("sound", 0)):
        assert registry.get_sample_value("shop_worker_pause_seconds", {"task": job}) == pause


async def test_a_stopping_worker_finishes_the_current_job() -> None:
    stop, done = asyncio.Event(), []

    async def first() -> None:
        stop.set()
        await asyncio.sleep(0)
        done.append("first")

    async def second() -> None:
        done.append("second")

    await Worker([Job("first", first, 0), Job("second", second, 0)], CollectorRegistry()).run(stop)
    assert done == ["first"]


async def test_lanes_do_not_wait_for_each_other() -> None:
    stop, is_blocked, done = asyncio.Event(), asyncio.Event(), []

    async def blocks() -> None:
        is_blocked.set()
        await stop.wait()
        done.append("blocks")

    async def works() -> None:
        await is_blocked.wait()
        done.append("works")
        stop.set()

    jobs = [Job("orders", blocks, every=0), Job("positions", works, every=0, lane="events")]
    await asyncio.wait_for(Worker(jobs, CollectorRegistry()).run(stop), 10)
    assert done == ["works", "blocks"]
