"""Replay of events whose webhooks were missed, from the provider's list of events."""

from datetime import datetime, timedelta
from typing import Final

from shop.application.framework.idempotency import lease_for
from shop.application.framework.transactions import retry_on_conflict
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import ReceiveWebhook
from shop.application.ports.payments import EventSource, PaymentProvider, ProviderEvent
from shop.application.ports.system import Clock, WorkerTask
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.errors import Unavailable
from shop.domain.payments.payment import PaymentMismatch, ProviderRefusal

_TASK: Final = "missed events: {}"
_INITIAL_LOOKBACK: Final = timedelta(days=3)
"""How far back the first run reads: as long as Stripe retries a webhook."""
_OVERLAP: Final = timedelta(minutes=5)
"""How much of the previous period each run reads again: events are listed with a delay, and clocks differ."""
_BATCH_SIZE: Final = 100


class ReplayMissedEvents:
    """The worker: apply the providers' events whose webhooks were missed. A lease admits one worker at a time.

    Raises PaymentUnavailable when a provider can't be reached; the next run starts from the same time. Raises
    Unavailable at the end when some events can't be applied; they are retried while they are within the overlap.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        receive_webhook: ReceiveWebhook,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._receive_webhook = receive_webhook
        self._clock = clock
        # An event takes two calls. If a run outlasts its lease, a second worker may start, which is harmless.
        self._lease = lease_for(3 * payment_providers.time_budget)

    async def __call__(self) -> None:
        failures = 0
        for provider in self._providers:
            if provider.keeps_books:
                failures += await self._replay_events(provider)
        if failures:
            raise Unavailable(f"{failures} events could not be applied")

    async def _replay_events(self, provider: PaymentProvider) -> int:
        """Apply the provider's missed events. Return the number that can't be applied."""
        now = self._clock.now()
        task = await self._begin(_TASK.format(provider.name))
        if task is None:
            return 0
        since = (task.reached or now - _INITIAL_LOOKBACK) - _OVERLAP
        missed = [event async for event in provider.events_since(since)]
        failures = 0
        for start in range(0, len(missed), _BATCH_SIZE):
            failures += await self._apply(missed[start : start + _BATCH_SIZE], provider)
        await self._finish(task, now)
        return failures

    async def _apply(self, events: list[ProviderEvent], provider: PaymentProvider) -> int:
        """Apply the events. Return the number that can't be applied."""
        applied, failures = await self._applied([event.id for event in events]), 0
        for event in events:
            if event.id not in applied:
                try:
                    await self._receive_webhook.apply(event, provider, EventSource.LIST)
                except (PaymentMismatch, ProviderRefusal):
                    failures += 1
        return failures

    @retry_on_conflict
    async def _applied(self, event_ids: list[str]) -> set[str]:
        async with self._unit_of_work() as work:
            return await work.payments.applied_events(event_ids)

    @retry_on_conflict
    async def _begin(self, task: str) -> WorkerTask | None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            return await work.worker_tasks.lease(task, at=now, until=now + self._lease)

    @retry_on_conflict
    async def _finish(self, task: WorkerTask, reached: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.worker_tasks.finish(task, at=self._clock.now(), reached=reached)
