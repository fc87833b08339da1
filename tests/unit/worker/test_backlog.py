"""The worker's metrics show the overdue work."""

import pytest

from shop.entrypoints.worker import worker_of
from shop.testing import shop_harness
from tests.instances import a_product, an_order
from tests.samples_of_metrics import metrics_of

pytestmark = pytest.mark.anyio

KINDS = {"expired", "cancelling", "without_payment", "with_open_payment", "with_pending_refunds"}


async def test_the_backlog_counts_overdue_orders_until_the_worker_finishes_them() -> None:
    async with shop_harness() as shop:
        ada, mug = await shop.customer(), await a_product(await shop.admin(), 9)
        shop.payments.reachable = False
        for _ in range(2):
            await an_order(ada, mug)
            shop.clock.advance(minutes=1)
        [job] = [job for job in worker_of(shop.container)._jobs if job.name == "backlog"]
        await job.run()
        metrics = await metrics_of(shop.client)
        samples = [s for s in metrics.samples if s.name == "shop_worker_backlog_orders"]
        assert {s.labels["work"] for s in samples} == KINDS
        assert all(s.labels["business"] == s.labels["work"] for s in samples), "the former name of the label"
        assert metrics.by("work", "shop_worker_backlog_orders") == {"without_payment": 2}
        waits = metrics("shop_worker_backlog_overdue_seconds", work="without_payment")
        assert 0 < waits < 120, "the normal delay does not count as overdue"
        shop.clock.advance(minutes=29)
        await job.run()
        metrics = await metrics_of(shop.client)
        assert metrics.by("work", "shop_worker_backlog_orders") == {"expired": 2, "without_payment": 2}
        assert metrics("shop_worker_backlog_overdue_seconds", work="expired") == 60
        shop.payments.reachable = True
        await shop.work()
        await job.run()
        metrics = await metrics_of(shop.client)
        assert metrics("shop_worker_backlog_orders") == 0
        assert metrics("shop_worker_backlog_overdue_seconds") == 0
