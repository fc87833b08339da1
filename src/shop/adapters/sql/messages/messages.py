"""Messages in SQL."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Integer, Row, bindparam, delete, func, insert, select, update

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.messages.tables import messages, reset_requests
from shop.application.framework.views import Page
from shop.application.messages.views import MessageView
from shop.application.ports.messages import MessageBacklog, ResetRequest
from shop.application.ports.system import BACKLOG_LIMIT
from shop.domain.messages.message import Message, MessageStatus, Template
from shop.domain.outbox.schedule import DeliveryStatus, Schedule

_IS_MESSAGE: Final = messages.c.id == bindparam("message_id")
_BY_ID: Final = select(messages).where(_IS_MESSAGE)
_LOCK: Final = _BY_ID.with_for_update()
_ADD: Final = insert(messages)
_UPDATE: Final = update(messages).where(_IS_MESSAGE)
_DUE: Final = (
    select(messages)
    .where(messages.c.due_at <= bindparam("moment", type_=UtcDateTime))
    .order_by(messages.c.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_SAVE_SUCCESS: Final = _UPDATE.where(messages.c.resends == bindparam("current_resends"))
_SAVE_FAILURE: Final = _SAVE_SUCCESS.where(
    messages.c.due_at == bindparam("leased_until", type_=UtcDateTime),
    messages.c.attempts == bindparam("current_attempts"),
)
_IS_TOKEN: Final = messages.c.token_digest == bindparam("digest")
_BY_TOKEN: Final = select(messages).where(_IS_TOKEN)
_SPEND: Final = update(messages).where(_IS_TOKEN).values(token_digest=None)
_END_TOKENS: Final = (
    update(messages)
    .where(messages.c.user_id == bindparam("whose"), messages.c.template == bindparam("kind"))
    .values(token_digest=None)
)
_FORGET_USER: Final = delete(messages).where(messages.c.user_id == bindparam("whose"))
_OF_USER: Final = (
    select(messages).where(messages.c.user_id == bindparam("whose")).order_by(messages.c.id.desc())
)
_OLD: Final = (
    select(messages.c.id)
    .where(messages.c.queued_at < bindparam("moment"), messages.c.due_at.is_(None))
    .order_by(messages.c.queued_at)
    .limit(bindparam("most", type_=Integer))
)
_DELETE: Final = delete(messages).where(messages.c.id.in_(bindparam("ids", expanding=True)))
_BACKLOG: Final = (
    select(messages.c.queued_at, messages.c.due_at)
    .where(messages.c.due_at.is_not(None))
    .order_by(messages.c.due_at)
    .limit(BACKLOG_LIMIT)
)
_COUNT: Final = select(func.count()).select_from(messages)
_PAGE: Final = only_page(select(messages).order_by(messages.c.id.desc()))
_ADD_REQUEST: Final = insert(reset_requests)
_TAKE_REQUEST: Final = (
    select(reset_requests).order_by(reset_requests.c.id).limit(1).with_for_update(skip_locked=True)
)
_DELETE_REQUEST: Final = delete(reset_requests).where(reset_requests.c.id == bindparam("request_id"))


class SqlMessages:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, message: Message) -> None:
        values = {
            "id": message.id,
            "template": message.template.value,
            "recipient": message.recipient,
            "subject": message.subject,
            "facts": msgspec.json.encode(message.facts).decode(),
            "user_id": message.user_id,
            "order_id": message.order_id,
            "created_at": message.created_at,
            **_state_of(message),
        }
        await self._connection.defer(_ADD, values)

    async def lease_due(self, at: datetime, limit: int) -> list[Message]:
        due = (await self._connection.execute(_DUE, {"moment": at, "most": limit})).all()
        leased = []
        for row in due:
            message = _message_of(row)
            message = message.with_schedule(message.schedule.lease(at))
            await self._connection.defer(
                _UPDATE, {"message_id": message.id, "due_at": message.schedule.due_at}
            )
            leased.append(message)
        return leased

    async def save_attempt(self, leased: Message, after: Message) -> None:
        values = {
            "message_id": leased.id,
            "current_resends": leased.resends,
            **_progress_of(after.schedule),
        }
        if after.status is MessageStatus.SENT:
            await self._connection.defer(_SAVE_SUCCESS, values)
            return
        lease = {
            "leased_until": leased.schedule.due_at,
            "current_attempts": leased.schedule.attempts,
        }
        await self._connection.defer(_SAVE_FAILURE, {**values, **lease})

    async def get(self, message_id: str) -> Message | None:
        return await self._one(_BY_ID, {"message_id": message_id})

    async def lock(self, message_id: str) -> Message | None:
        return await self._one(_LOCK, {"message_id": message_id})

    async def save(self, message: Message) -> None:
        await self._connection.defer(_UPDATE, {"message_id": message.id, **_state_of(message)})

    async def find_by_token(self, digest: bytes) -> Message | None:
        return await self._one(_BY_TOKEN, {"digest": digest})

    async def spend_token(self, digest: bytes) -> bool:
        return (await self._connection.execute(_SPEND, {"digest": digest})).rowcount == 1

    async def end_tokens(self, user_id: str, template: Template) -> None:
        await self._connection.defer(_END_TOKENS, {"whose": user_id, "kind": template.value})

    async def forget_user(self, user_id: str) -> None:
        await self._connection.defer(_FORGET_USER, {"whose": user_id})

    async def purge(self, before: datetime, limit: int) -> int:
        old = list(await self._connection.scalars(_OLD, {"moment": before, "most": limit}))
        if old:
            await self._connection.defer(_DELETE, {"ids": old})
        return len(old)

    async def _one(self, statement: Any, values: dict[str, Any]) -> Message | None:
        row = (await self._connection.execute(statement, values)).one_or_none()
        return None if row is None else _message_of(row)


class SqlResetRequests:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, request: ResetRequest) -> None:
        row = {"id": request.id, "user_id": request.user_id, "at": request.at}
        await self._connection.defer(_ADD_REQUEST, row)

    async def take(self) -> ResetRequest | None:
        row = (await self._connection.execute(_TAKE_REQUEST)).one_or_none()
        if row is None:
            return None
        await self._connection.defer(_DELETE_REQUEST, {"request_id": row.id})
        return ResetRequest(row.id, row.user_id, row.at)


class SqlMessageQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def backlog(self) -> MessageBacklog:
        async with self._database.reading() as connection:
            rows = list(await connection.execute(_BACKLOG))
        return MessageBacklog(
            len(rows),
            oldest=min((row.queued_at for row in rows), default=None),
            first_due=min((row.due_at for row in rows), default=None),
        )

    async def page(self, page: int, limit: int) -> Page[MessageView]:
        return await counted_page(
            self._database,
            _COUNT,
            _PAGE,
            {},
            lambda row: MessageView.of(_message_of(row)),
            page=page,
            limit=limit,
        )

    async def of_user(self, user_id: str) -> list[MessageView]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_OF_USER, {"whose": user_id})
            return [MessageView.of(_message_of(row)) for row in rows]

    async def message(self, message_id: str) -> MessageView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"message_id": message_id})).one_or_none()
        return None if row is None else MessageView.of(_message_of(row))


def _state_of(message: Message) -> dict[str, Any]:
    return {
        "queued_at": message.queued_at,
        "resends": message.resends,
        "token_digest": message.token_digest,
        **_progress_of(message.schedule),
    }


def _progress_of(schedule: Schedule) -> dict[str, Any]:
    return {
        "due_at": schedule.due_at,
        "status": schedule.status.value,
        "attempts": schedule.attempts,
        "first_attempt_at": schedule.first_attempt_at,
        "finished_at": schedule.finished_at,
        "error": schedule.error,
    }


def _message_of(row: Row[Any]) -> Message:
    template = Template(row.template)
    return Message(
        id=row.id,
        template=template,
        recipient=row.recipient,
        subject=row.subject,
        facts=msgspec.json.decode(row.facts),
        user_id=row.user_id,
        order_id=row.order_id,
        created_at=row.created_at,
        queued_at=row.queued_at,
        schedule=Schedule(
            due_at=row.due_at,
            status=DeliveryStatus(row.status),
            attempts=row.attempts,
            first_attempt_at=row.first_attempt_at,
            finished_at=row.finished_at,
            deadline=row.queued_at + template.term,
            error=row.error,
        ),
        resends=row.resends,
        token_digest=row.token_digest,
    )
