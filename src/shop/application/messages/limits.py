"""Limits of messages per hour."""

from datetime import timedelta
from math import ceil
from typing import Final

from shop.application.ports.system import Clock, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.errors import TooMany
from shop.domain.messages.message import Template

_HOUR: Final = timedelta(hours=1)


class MailLimits:
    """Limits messages of one kind per order or account and hour."""

    def __init__(self, digests: KeyedDigests, clock: Clock, *, per_hour: int) -> None:
        self._digests = digests
        self._clock = clock
        self._per_hour = per_hour

    async def admits(self, work: UnitOfWork, template: Template, subject_id: str) -> bool:
        """Count one message about the order or account, and return True; return False if the limit is reached."""
        return await self._wait(work, template, subject_id) is None

    async def ensure(self, work: UnitOfWork, template: Template, subject_id: str) -> None:
        """Count one message about the order or account. Raises TooMany if the limit is reached."""
        seconds = await self._wait(work, template, subject_id)
        if seconds is not None:
            raise TooMany("Too many of these messages were sent: try again later.", retry_after=seconds)

    async def _wait(self, work: UnitOfWork, template: Template, subject_id: str) -> int | None:
        now = self._clock.now()
        subject = self._digests("messages", template.value, subject_id)
        full_until = await work.rate_limits.take(subject, self._per_hour, at=now, window=_HOUR)
        return None if full_until is None else ceil((full_until - now).total_seconds())
