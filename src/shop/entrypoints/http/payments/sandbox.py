"""`/api/sandbox/payments`: simulates the customer's card when the sandbox is the payment provider."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.views import encode
from shop.application.payments.sandbox import (
    ConfirmationInput,
    ConfirmSandboxPayment,
    GetSandboxPayment,
    SandboxPaymentView,
)
from shop.domain.errors import NotFound
from shop.domain.payments.payment import PaymentNotConfirmable, PaymentUnavailable
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse


class SandboxController(Controller):
    path = "/api/sandbox/payments/{client_secret:str}"
    tags = ("Sandbox payments",)

    @get(policy=Policy.PUBLIC, errors=(NotFound,))
    async def show_sandbox_payment(
        self, client_secret: FromPath[str], get_sandbox_payment: NamedDependency[GetSandboxPayment]
    ) -> Response[SandboxPaymentView]:
        return BytesResponse(encode(await get_sandbox_payment(client_secret)))

    @post(
        "/confirm",
        policy=Policy.PUBLIC,
        status_code=200,
        errors=(NotFound, PaymentNotConfirmable, PaymentUnavailable),
    )
    async def confirm_sandbox_payment(
        self,
        client_secret: FromPath[str],
        data: JSONBody[ConfirmationInput],
        confirm_sandbox_payment: NamedDependency[ConfirmSandboxPayment],
    ) -> Response[SandboxPaymentView]:
        return BytesResponse(encode(await confirm_sandbox_payment(client_secret, data.outcome)))
