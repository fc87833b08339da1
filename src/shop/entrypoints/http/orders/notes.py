"""`/api/admin/orders/{id}/notes`: the staff's notes on an order."""

from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.views import encode
from shop.application.orders.notes import AddOrderNote, ListOrderNotes, NoteInput, NotesView, NoteView
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.note import TooManyNotes
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response

_EXAMPLE: Final = NoteInput(text="Asked by phone for delivery after 5 p.m.")


class OrderNotesController(Controller):
    path = "/api/admin/orders/{order_id:str}/notes"
    tags = ("Administration",)

    @get(policy=Permission.ORDERS_READ, errors=(NotFound,))
    async def list_order_notes(
        self, order_id: FromPath[str], list_order_notes: NamedDependency[ListOrderNotes]
    ) -> Response[NotesView]:
        return BytesResponse(encode(await list_order_notes(order_id)))

    @post(policy=Permission.ORDERS_WRITE, errors=(NotFound, TooManyNotes), request_example=_EXAMPLE)
    async def add_order_note(
        self,
        order_id: FromPath[str],
        data: JSONBody[NoteInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        add_order_note: NamedDependency[AddOrderNote],
    ) -> Response[NoteView]:
        return answer_response(await add_order_note(principal, order_id, data, idempotency), 201)
