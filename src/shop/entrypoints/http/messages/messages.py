"""`/api/admin/messages`: the mails that the shop sends."""

from typing import Any

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import FromPath

from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.messages.resending import ResendMessage
from shop.application.messages.views import MessageView
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.messages import MessageQueries
from shop.application.ports.system import SecretKeysMissing
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, TooMany
from shop.domain.messages.message import MessageOutdated
from shop.entrypoints.http.framework.conditional import content_etag, respond
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response


class MessagesController(Controller):
    path = "/api/admin/messages"
    tags = ("Administration",)

    @get(policy=Permission.SETTINGS_READ)
    async def list_messages(
        self, message_queries: NamedDependency[MessageQueries], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[MessageView]]:
        """Staff who may read settings: the messages of the last 90 days, newest first."""
        return BytesResponse(encode(await message_queries.page(page, limit)))

    @get("/{message_id:str}", policy=Permission.SETTINGS_READ, versioned=True)
    async def show_message(
        self, request: ApiRequest, message_id: FromPath[str], message_queries: NamedDependency[MessageQueries]
    ) -> Response[MessageView]:
        """Staff who may read settings: one message."""
        message = await message_queries.message(message_id)
        if message is None:
            raise NotFound("message")
        return _message(request, message)

    @post(
        "/{message_id:str}/resend",
        policy=Permission.SETTINGS_WRITE,
        status_code=200,
        errors=(MessageOutdated, TooMany, SecretKeysMissing),
    )
    async def resend_message(
        self,
        message_id: FromPath[str],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        resend_message: NamedDependency[ResendMessage],
    ) -> Response[MessageView]:
        return answer_response(await resend_message(principal, message_id, idempotency), 200)


def _message(request: ApiRequest, message: MessageView) -> BytesResponse[Any]:
    body = encode(message)
    return respond(request, body, etag=content_etag(body))
