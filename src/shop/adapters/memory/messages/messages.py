"""Messages in memory."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.application.framework.views import Page
from shop.application.messages.views import MessageView
from shop.application.ports.messages import MessageBacklog, ResetRequest
from shop.application.ports.system import BACKLOG_LIMIT
from shop.domain.messages.message import Message, MessageStatus, Template

_MESSAGES: Final = "messages"
_REQUESTS: Final = "reset_requests"

UNIQUE_KEYS: Final[UniqueKeys] = {
    _MESSAGES: {"uq_messages_token_digest": lambda message: message.token_digest}
}


class MemoryMessages:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, message: Message) -> None:
        await self._put(message)

    async def lease_due(self, at: datetime, limit: int) -> list[Message]:
        due = [message for message in await self._all() if _is_due(message, at)]
        due.sort(key=lambda message: (message.schedule.due_at, message.id))
        leased: list[Message] = []
        for found in due:
            if len(leased) == limit or not await self._transaction.try_lock(_MESSAGES, found.id):
                continue
            message = await self.get(found.id)
            if message is not None and _is_due(message, at):
                message = message.with_schedule(message.schedule.lease(at))
                await self._put(message)
                leased.append(message)
        return leased

    async def save_attempt(self, leased: Message, after: Message) -> None:
        current = await self.lock(leased.id)
        if current is None or current.resends != leased.resends:
            return
        is_leased = (current.schedule.due_at, current.schedule.attempts) == (
            leased.schedule.due_at,
            leased.schedule.attempts,
        )
        if is_leased or after.status is MessageStatus.SENT:
            await self._put(current.with_schedule(after.schedule))

    async def get(self, message_id: str) -> Message | None:
        return await self._transaction.get(_MESSAGES, message_id)

    async def lock(self, message_id: str) -> Message | None:
        await self._transaction.lock(_MESSAGES, message_id)
        return await self.get(message_id)

    async def save(self, message: Message) -> None:
        await self._put(message)

    async def find_by_token(self, digest: bytes) -> Message | None:
        return next((each for each in await self._all() if each.token_digest == digest), None)

    async def spend_token(self, digest: bytes) -> bool:
        found = await self.find_by_token(digest)
        message = await self.lock(found.id) if found is not None else None
        if message is None or message.token_digest != digest:
            return False
        await self._put(replace(message, token_digest=None))
        return True

    async def end_tokens(self, user_id: str, template: Template) -> None:
        for found in sorted(await self._all(), key=lambda each: each.id):
            if found.user_id == user_id and found.template is template:
                message = await self.lock(found.id)
                if message is not None:
                    await self._put(replace(message, token_digest=None))

    async def forget_user(self, user_id: str) -> None:
        for message in sorted(await self._all(), key=lambda each: each.id):
            if message.user_id == user_id:
                await self._transaction.lock(_MESSAGES, message.id)
                await self._transaction.delete(_MESSAGES, message.id)

    async def purge(self, before: datetime, limit: int) -> int:
        old = [each for each in await self._all() if each.queued_at < before and each.schedule.due_at is None]
        old.sort(key=lambda each: each.queued_at)
        for message in old[:limit]:
            await self._transaction.delete(_MESSAGES, message.id)
        return len(old[:limit])

    async def _all(self) -> list[Message]:
        return await self._transaction.scan(_MESSAGES)

    async def _put(self, message: Message) -> None:
        await self._transaction.put(_MESSAGES, message.id, message)


class MemoryResetRequests:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, request: ResetRequest) -> None:
        await self._transaction.put(_REQUESTS, request.id, request)

    async def take(self) -> ResetRequest | None:
        requests: list[ResetRequest] = await self._transaction.scan(_REQUESTS)
        for found in sorted(requests, key=lambda each: each.id):
            if not await self._transaction.try_lock(_REQUESTS, found.id):
                continue
            request: ResetRequest | None = await self._transaction.get(_REQUESTS, found.id)
            if request is not None:
                await self._transaction.delete(_REQUESTS, request.id)
                return request
        return None


class MemoryMessageQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, page: int, limit: int) -> Page[MessageView]:
        messages = sorted(await self._all(), key=lambda message: message.id, reverse=True)
        shown = messages[(page - 1) * limit : page * limit]
        return Page(page, limit, len(messages), [MessageView.of(message) for message in shown])

    async def of_user(self, user_id: str) -> list[MessageView]:
        of_user = [message for message in await self._all() if message.user_id == user_id]
        return [
            MessageView.of(message) for message in sorted(of_user, key=lambda each: each.id, reverse=True)
        ]

    async def message(self, message_id: str) -> MessageView | None:
        return next((MessageView.of(each) for each in await self._all() if each.id == message_id), None)

    async def backlog(self) -> MessageBacklog:
        queued = [
            (message.schedule.due_at, message.queued_at)
            for message in await self._all()
            if message.schedule.due_at is not None
        ]
        counted = sorted(queued)[:BACKLOG_LIMIT]
        return MessageBacklog(
            len(counted),
            oldest=min((queued_at for _, queued_at in counted), default=None),
            first_due=min((due_at for due_at, _ in counted), default=None),
        )

    async def _all(self) -> list[Message]:
        await asyncio.sleep(0)
        return list(self._store.tables[_MESSAGES].values())


def _is_due(message: Message, at: datetime) -> bool:
    return message.schedule.due_at is not None and message.schedule.due_at <= at
