"""The worker: runs the shop's background jobs, round after round."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ldexp
from typing import Final, TypeAlias

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from shop.application.ports.unit_of_work import TransactionConflict
from shop.container.shop import Shop
from shop.domain.errors import ShopError
from shop.entrypoints.logs import ABOUT, current_trace_id
from shop.entrypoints.worker.backlog import BacklogGauges, OutboxGauges

_log = structlog.get_logger()

MAX_PAUSE_SECONDS: Final = 60.0

TraceTask: TypeAlias = Callable[[str], AbstractContextManager[str]]
"""Opens a trace for the task of the given name, and yields the trace's id."""


@dataclass(slots=True)
class Job:
    """A periodic job: it runs once per `every` seconds, and less often while it fails.

    The jobs of one `lane` run one at a time; different lanes do not wait for each other.
    """

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    lane: str = "main"
    finish: Callable[[], Awaitable[object]] | None = None
    """Called when the worker stops: waits for the work that the job has begun."""
    failures: int = 0
    """The number of failed runs since the last success."""
    due: float = 0.0
    """The time of the next run, on the monotonic clock."""

    @property
    def pause(self) -> float:
        """Return the seconds until the next run.

        They double with each consecutive failure, up to MAX_PAUSE_SECONDS or `every`, whichever is longer.
        """
        return min(ldexp(self.every, min(self.failures, 16)), max(self.every, MAX_PAUSE_SECONDS))

    def schedule(self, now: float, *, failed: bool) -> None:
        """Set the time of the next run, on the monotonic clock."""
        self.failures = self.failures + 1 if failed else 0
        self.due = now + self.pause


class _Metrics:
    """The metrics of the jobs. Their label is `task`, because a job in Prometheus is a scrape target."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "shop_worker_runs", "Runs of the worker's jobs.", ["task", "outcome"], registry=registry
        )
        self._failures = Gauge(
            "shop_worker_failures_in_a_row",
            "Runs of a job since it succeeded last.",
            ["task"],
            registry=registry,
        )
        self._pause = Gauge(
            "shop_worker_pause_seconds",
            "Pause before a job's next run: it grows while the job fails.",
            ["task"],
            registry=registry,
        )

    def record(self, job: Job, outcome: str) -> None:
        """Count one run of a job that has been rescheduled."""
        self._runs.labels(job.name, outcome).inc()
        self._failures.labels(job.name).set(job.failures)
        self._pause.labels(job.name).set(job.pause)


class Worker:
    """Runs every job when it is due, one at a time per lane, and traces each run if tracing is on."""

    def __init__(
        self, jobs: Sequence[Job], registry: CollectorRegistry, trace: TraceTask | None = None
    ) -> None:
        self._jobs = jobs
        self._metrics = _Metrics(registry)
        self._trace = trace

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A failing job is logged and retried with exponential back-off."""
        lanes: dict[str, list[Job]] = {}
        for job in self._jobs:
            lanes.setdefault(job.lane, []).append(job)
        async with asyncio.TaskGroup() as running:
            for jobs in lanes.values():
                running.create_task(self._run_lane(jobs, stop))

    async def _run_lane(self, jobs: Sequence[Job], stop: asyncio.Event) -> None:
        while not stop.is_set():
            job = min(jobs, key=lambda each: each.due)
            try:
                await asyncio.wait_for(stop.wait(), max(job.due - time.monotonic(), 0))
            except TimeoutError:
                await self._run_traced(job)
        await asyncio.gather(*(job.finish() for job in jobs if job.finish is not None))

    async def _run_traced(self, job: Job) -> None:
        if self._trace is None:
            await self._run(job)
            return
        with self._trace(f"worker {job.name}") as trace_id:
            current_trace_id.set(trace_id)
            await self._run(job)
        current_trace_id.set(None)

    async def _run(self, job: Job) -> None:
        outcome, reason = "succeeded", None
        try:
            await job.run()
        except (ShopError, TransactionConflict) as error:
            outcome, reason = "incomplete", error
        except Exception:  # noqa: BLE001 (one broken job must not stop the others; the log has the traceback)
            outcome = "failed"
            _log.exception("worker_job_failed", job=job.name)
        job.schedule(time.monotonic(), failed=outcome != "succeeded")
        backing_off = {"failures_in_a_row": job.failures, "pause_seconds": job.pause}
        if reason is not None:
            _log.warning(
                "worker_job_incomplete",
                job=job.name,
                reason=str(reason),
                cause=repr(reason.__cause__),
                **backing_off,
                **{ABOUT: str(reason)},
            )
        elif job.failures:
            _log.warning("worker_backs_off", job=job.name, **backing_off)
        self._metrics.record(job, outcome)


def _mail_jobs(shop: Shop) -> list[Job]:
    async def mail() -> None:
        await shop.accounts.send_requested_resets()()
        await shop.messages.queue_event_messages()()
        if shop.settings.sends_mail:
            await shop.messages.deliver_messages()()

    return [
        Job("mail", mail, every=1, lane="mail"),
        Job("messages", shop.messages.purge_messages(), every=60),
    ]


def _webhook_jobs(shop: Shop) -> list[Job]:
    deliver = shop.outbox.deliver_to_webhooks()

    async def webhooks() -> None:
        await shop.outbox.queue_deliveries()()
        await deliver()

    return [Job("webhooks", webhooks, every=0.5, lane="webhooks", finish=deliver.finish)]


def _import_jobs(shop: Shop) -> list[Job]:
    run_imports = shop.catalogue.run_imports()
    return [
        Job("imports", run_imports, every=0.5, lane="imports", finish=run_imports.finish),
        Job("old_imports", shop.catalogue.purge_imports(), every=3600),
    ]


def worker_of(shop: Shop) -> Worker:
    """Return the worker of a shop, with all its jobs."""
    orders, registry = shop.payments.sweep_orders(), shop.registry
    return Worker(
        [
            Job("orders", orders, every=1),
            Job("figures", shop.statistics.maintain_figures(), every=1),
            Job("categories", shop.catalogue.reindex_categories(), every=1),
            Job("backlog", BacklogGauges(orders.overdue, registry), every=15),
            Job("provider_events", shop.payments.replay_missed_events(), every=60),
            Job("sales", shop.catalogue.purge_old_sales(), every=60),
            Job("pictures", shop.catalogue.purge_orphaned_files(), every=3600),
            *_import_jobs(shop),
            *_mail_jobs(shop),
            Job("guest_carts", shop.carts.purge_guest_carts(), every=60),
            Job("logins", shop.accounts.purge_expired_sessions(), every=60),
            Job("positions", shop.outbox.assign_positions(), every=0.5, lane="events"),
            Job("old_events", shop.outbox.purge_events(), every=60),
            *_webhook_jobs(shop),
            Job("outbox", OutboxGauges(shop.outbox.read_backlog(), registry), every=15),
        ],
        registry,
        shop.trace_task,
    )
