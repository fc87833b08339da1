"""The shop's settings and its checklist before it opens."""

from datetime import datetime
from typing import Final

import msgspec

from shop.application.framework.marks import BACKUP_TAKEN, webhook_mark
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.messages import MessageQueries
from shop.application.ports.pricing import CurrentRules
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.setup import checklist
from shop.application.setup.views import ChecklistItemView, ConfiguredView, SettingsView
from shop.domain.accounts.user import Principal

_MESSAGES_CHECKED: Final = 20
"""The number of newest messages in which the checklist looks for an attempt to send."""


class ShowSettings:
    """Staff with `settings:read`: the settings with which the server was started, and what is missing before it opens.

    `with_webhooks` are the payment providers that report by webhook.
    """

    def __init__(
        self,
        configured: ConfiguredView,
        with_webhooks: tuple[str, ...],
        current_rules: CurrentRules,
        message_queries: MessageQueries,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        *,
        embedded: bool,
    ) -> None:
        self._configured = configured
        self._with_webhooks = with_webhooks
        self._current_rules = current_rules
        self._message_queries = message_queries
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._embedded = embedded

    async def __call__(self, principal: Principal) -> SettingsView:
        """Return the settings."""
        items = await self._checklist(principal)
        return SettingsView(**msgspec.structs.asdict(self._configured), checklist=items)

    async def _checklist(self, principal: Principal) -> list[ChecklistItemView]:
        configured = self._configured
        rules = await self._current_rules()
        newest = await self._message_queries.page(1, _MESSAGES_CHECKED)
        webhooks_arrived_at, backup_taken_at = await self._marks()
        return [
            checklist.payments(configured),
            *(checklist.provider_webhook(arrived_at) for arrived_at in webhooks_arrived_at),
            checklist.mail(configured, newest.items),
            checklist.address(configured),
            checklist.tax(rules),
            checklist.shipping(rules),
            checklist.pages(configured),
            checklist.second_factor(configured, own=principal.has_second_factor),
            checklist.backup(backup_taken_at, self._clock.now(), embedded=self._embedded),
        ]

    @retry_on_conflict
    async def _marks(self) -> tuple[list[datetime | None], datetime | None]:
        """Return when the last webhook of each provider arrived, and when the last backup was taken."""
        async with self._unit_of_work() as work:
            arrived = [await work.worker_tasks.reached(webhook_mark(name)) for name in self._with_webhooks]
            return arrived, await work.worker_tasks.reached(BACKUP_TAKEN)
