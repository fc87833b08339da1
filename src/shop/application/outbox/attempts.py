"""One attempt at a delivery: load what is sent, send it with no transaction open, record the result."""

from dataclasses import dataclass
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import encode
from shop.application.outbox.recording import RecordEvents
from shop.application.outbox.views import EventSubject, PingView, event_view
from shop.application.outbox.webhook_views import WebhookView
from shop.application.outbox.webhooks import WebhookSecrets
from shop.application.ports.outbox import DeliveryObserver, OutgoingMessage, SendResult, WebhookSender
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.event import Event, EventType, SubjectType
from shop.domain.outbox.schedule import DeliveryStatus
from shop.domain.outbox.webhook import Webhook

NO_EVENT: Final = "The event is no longer kept."
NOT_READABLE: Final = "The user who created the webhook may no longer read this."
NO_SECRET: Final = "The webhook's secret can't be decrypted any more: rotate it."  # noqa: S105 (a sentence)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A leased delivery with everything that is needed to make the attempt."""

    delivery: Delivery
    webhook: Webhook
    body: bytes | None
    """None if `obstacle` says why nothing can be sent."""
    obstacle: str | None = None


class MakeAttempt:
    """Makes an attempt and records its result. A result is recorded once, even if the lease has ended meanwhile."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        sender: WebhookSender,
        secrets: WebhookSecrets,
        clock: Clock,
        record: RecordEvents,
        observer: DeliveryObserver,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._record = record
        self._observer = observer

    async def __call__(self, attempt: Attempt) -> None:
        """Send the message and store the result. If the process dies in between, the message is sent again."""
        began_at = self._clock.now()
        if attempt.body is None:
            assert attempt.obstacle is not None
            await self._finish(attempt.delivery, None, attempt.obstacle)
            return
        secrets = self._secrets.opened(attempt.webhook.secrets_at(began_at))
        if not secrets:
            await self._finish(attempt.delivery, SendResult(NO_SECRET), None)
            return
        result = await self._sender.send(
            OutgoingMessage(
                url=attempt.webhook.url,
                message_id=attempt.delivery.id,
                at=began_at,
                body=attempt.body,
                secrets=secrets,
            )
        )
        self._observer.attempted(succeeded=result.error is None)
        await self._finish(attempt.delivery, result, None)

    async def _finish(self, leased: Delivery, result: SendResult | None, obstacle: str | None) -> None:
        if await self._store(leased, result, obstacle) is DeliveryStatus.FAILED:
            self._observer.given_up()

    @retry_on_conflict
    async def _store(
        self, leased: Delivery, result: SendResult | None, obstacle: str | None
    ) -> DeliveryStatus | None:
        """Store the result. Return the delivery's new status; None if nothing was stored."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            current = await work.deliveries.lock(leased.id)
            if current is None or not current.is_pending:
                return None  # It was deleted, or another attempt has finished it.
            if result is not None and result.error is None:
                await work.deliveries.save(current.succeed(now, result.response_status))
                return DeliveryStatus.SUCCEEDED
            if current.schedule.due_at != leased.schedule.due_at:
                return None  # The lease has ended, and another worker or a person has taken over.
            if result is None:
                await work.deliveries.save(current.give_up(now, obstacle or ""))
                return DeliveryStatus.FAILED
            failed = current.fail(now, result.error or "", result.response_status)
            await work.deliveries.save(failed)
            if failed.schedule.status is DeliveryStatus.FAILED and not failed.is_test:
                await self._switch_off_if_dead(work, failed)
        return failed.schedule.status

    async def _switch_off_if_dead(self, work: UnitOfWork, failed: Delivery) -> None:
        """Switch the webhook off unless another delivery succeeded since the first attempt at this one."""
        webhook = await work.webhooks.lock(failed.webhook_id)
        since = failed.schedule.first_attempt_at
        if webhook is None or not webhook.active or since is None:
            return
        if await work.deliveries.has_succeeded_since(webhook.id, since):
            return
        off = webhook.switch_off()
        await work.webhooks.save(off)
        await self._record(work, EventType.WEBHOOK_DISABLED, webhook.id, WebhookView.of(off))


def body_of(delivery: Delivery, event: Event | None) -> bytes | None:
    """Return the message's body: the event as the feed shows it. None if the event is no longer kept."""
    if delivery.is_test:
        subject = EventSubject(SubjectType.WEBHOOK, delivery.webhook_id)
        return encode(PingView(delivery.event_id, delivery.event_type, delivery.created_at, subject))
    return None if event is None else encode(event_view(event))
