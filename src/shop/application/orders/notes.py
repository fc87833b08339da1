"""Notes on orders: for staff only, never shown to the buyer."""

from datetime import datetime
from typing import Annotated

import msgspec

from shop.application.audit.trail import Audit, AuditedNote
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.orders.note import MAX_NOTE_LENGTH, MAX_NOTES, OrderNote, TooManyNotes


class NoteInput(msgspec.Struct, forbid_unknown_fields=True):
    """A note to add to an order."""

    text: Annotated[str, text(MAX_NOTE_LENGTH, 1)]


class NoteView(msgspec.Struct, frozen=True, rename="camel"):
    """A note; `author` is its author's current username."""

    id: str
    text: str
    author: str
    created_at: datetime


class NotesView(msgspec.Struct, frozen=True):
    """All notes of an order, the oldest first."""

    items: list[NoteView]


class AddOrderNote:
    """Staff: add a note to an order. Refused for an unknown order, an empty text, or when it has too many notes."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        *,
        max_notes: int = MAX_NOTES,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._max_notes = max_notes

    @retry_on_conflict
    async def __call__(
        self, admin: Principal, order_id: str, request: NoteInput, key: IdempotencyKey | None = None
    ) -> Outcome[NoteView]:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            if await work.orders.lock(order_id) is None:
                raise NotFound("order")
            note = OrderNote(self._ids.new_id(), order_id, admin.user_id, request.text, now)
            if await work.order_notes.count(order_id) >= self._max_notes:
                raise TooManyNotes(self._max_notes)
            await work.order_notes.add(note)
            audited = AuditedNote(note.id)
            await self._audit(work, admin, AuditAction.ORDER_NOTED, order_id, before=None, after=audited)
            view = NoteView(note.id, note.text, admin.username, note.created_at)
            return await save_answer(work, key, view)


class ListOrderNotes:
    """Staff: all notes of an order, the oldest first. Refused for an unknown order."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    @retry_on_conflict
    async def __call__(self, order_id: str) -> NotesView:
        async with self._unit_of_work() as work:
            if await work.orders.snapshot(order_id) is None:
                raise NotFound("order")
            notes = await work.order_notes.of(order_id)
        return NotesView([NoteView(note.id, note.text, author, note.created_at) for note, author in notes])
