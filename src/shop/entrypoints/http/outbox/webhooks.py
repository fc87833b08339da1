"""`/api/admin/webhooks`: addresses that receive the shop's events."""

from typing import Any, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.secret_answers import AnswerGone
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.outbox.requested_deliveries import Redeliver, SendTestEvent
from shop.application.outbox.webhook_views import DeliveryView, WebhookView, WebhookWithSecretView
from shop.application.outbox.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    RotateWebhookSecret,
    WebhookInput,
    WebhookPatch,
)
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.outbox import WebhookQueries
from shop.application.ports.system import SecretKeysMissing
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, VersionConflict
from shop.domain.outbox.event import TypesNotReadable
from shop.domain.outbox.webhook import TooManyWebhooks, WebhookSwitchedOff
from shop.entrypoints.http.framework.conditional import created, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, answer_response, shown

_EXAMPLE: Final = WebhookInput(
    "https://example.com/hooks", ["order.*", "stock.low"], description="Accounting"
)


class AdminWebhooksController(Controller):
    path = "/api/admin/webhooks"
    tags = ("Administration",)

    @get(policy=Permission.SETTINGS_READ)
    async def list_webhooks(
        self, webhook_queries: NamedDependency[WebhookQueries], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[WebhookView]]:
        """Staff who may read settings: all webhooks, oldest first, without their secrets."""
        return BytesResponse(encode(await webhook_queries.page(page, limit)))

    @post(
        policy=Permission.SETTINGS_WRITE,
        location=True,
        errors=(TypesNotReadable, TooManyWebhooks, AnswerGone, SecretKeysMissing),
        request_example=_EXAMPLE,
    )
    async def create_webhook(
        self,
        data: JSONBody[WebhookInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_webhook: NamedDependency[CreateWebhook],
    ) -> Response[WebhookWithSecretView]:
        outcome = await create_webhook(principal, data, idempotency)
        return created(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{webhook_id:str}", policy=Permission.SETTINGS_READ, versioned=True)
    async def show_webhook(
        self,
        request: ApiRequest,
        webhook_id: FromPath[str],
        webhook_queries: NamedDependency[WebhookQueries],
    ) -> Response[WebhookView]:
        """Staff who may read settings: one webhook, without its secret."""
        webhook = await webhook_queries.webhook(webhook_id)
        if webhook is None:
            raise NotFound("webhook")
        return _webhook(request, webhook)

    @patch(
        "/{webhook_id:str}",
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        errors=(VersionConflict, TypesNotReadable),
        request_example=_EXAMPLE,
    )
    async def change_webhook(
        self,
        request: ApiRequest,
        webhook_id: FromPath[str],
        data: JSONBody[WebhookPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        change_webhook: NamedDependency[ChangeWebhook],
    ) -> Response[WebhookView]:
        return _webhook(request, await change_webhook(principal, webhook_id, data, expected_versions))

    @delete("/{webhook_id:str}", policy=Permission.SETTINGS_WRITE, status_code=200)
    async def delete_webhook(
        self,
        webhook_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_webhook: NamedDependency[DeleteWebhook],
    ) -> Response[DoneView]:
        await delete_webhook(principal, webhook_id, expected_versions)
        return BytesResponse(encode(DoneView()))

    @post(
        "/{webhook_id:str}/rotate-secret",
        policy=Permission.SETTINGS_WRITE,
        status_code=200,
        errors=(TypesNotReadable, AnswerGone, SecretKeysMissing),
    )
    async def rotate_webhook_secret(
        self,
        webhook_id: FromPath[str],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        rotate_webhook_secret: NamedDependency[RotateWebhookSecret],
    ) -> Response[WebhookWithSecretView]:
        return answer_response(await rotate_webhook_secret(principal, webhook_id, idempotency), 200)

    @post("/{webhook_id:str}/test", policy=Permission.SETTINGS_WRITE, status_code=200)
    async def test_webhook(
        self,
        webhook_id: FromPath[str],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        send_test_event: NamedDependency[SendTestEvent],
    ) -> Response[DeliveryView]:
        return answer_response(await send_test_event(principal, webhook_id, idempotency), 200)

    @get("/{webhook_id:str}/deliveries", policy=Permission.SETTINGS_READ)
    async def list_webhook_deliveries(
        self,
        webhook_id: FromPath[str],
        webhook_queries: NamedDependency[WebhookQueries],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Response[PageOf[DeliveryView]]:
        """Staff who may read settings: a webhook's deliveries, newest first. They are kept as long as events."""
        if await webhook_queries.webhook(webhook_id) is None:
            raise NotFound("webhook")
        return BytesResponse(encode(await webhook_queries.deliveries(webhook_id, page, limit)))

    @post(
        "/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver",
        policy=Permission.SETTINGS_WRITE,
        status_code=200,
        errors=(TypesNotReadable, WebhookSwitchedOff),
    )
    async def redeliver_event(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        redeliver: NamedDependency[Redeliver],
    ) -> Response[DeliveryView]:
        return answer_response(await redeliver(principal, webhook_id, delivery_id, idempotency), 200)


def _webhook(request: ApiRequest, webhook: WebhookView) -> BytesResponse[Any]:
    return respond_versioned(request, webhook, webhook.version)
