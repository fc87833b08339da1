"""`/api/webhooks/stripe`: receives Stripe's payment events."""

from typing import Annotated, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post
from litestar.params import HeaderParameter

from shop.application.framework.views import encode
from shop.application.payments.statements import ReceivedView, ReceiveWebhook
from shop.domain.payments.payment import PaymentMismatch, PaymentUnavailable, WebhookRejected
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse

_MAX_SIGNATURE_LENGTH: Final = 4096


class WebhooksController(Controller):
    path = "/api/webhooks"
    tags = ("Payments",)

    @post(
        "/stripe",
        policy=Policy.PUBLIC,
        status_code=200,
        errors=(WebhookRejected, PaymentUnavailable, PaymentMismatch),
    )
    async def receive_stripe_webhook(
        self,
        request: ApiRequest,
        receive_webhook: NamedDependency[ReceiveWebhook],
        signature: Annotated[
            str,
            HeaderParameter(
                name="Stripe-Signature",
                max_length=_MAX_SIGNATURE_LENGTH,
                description="Proves that the raw body is Stripe's.",
            ),
        ] = "",
    ) -> Response[ReceivedView]:
        await receive_webhook("stripe", await request.body(), signature)
        return BytesResponse(encode(ReceivedView()))
