"""Forgotten passwords, and the verification of email addresses."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post
from litestar.params import JSONBody

from shop.application.accounts.email_verification import (
    EmailVerification,
    MailOff,
    NoEmail,
    RequestEmailVerification,
    VerifyEmail,
)
from shop.application.accounts.password_reset import (
    PasswordReset,
    PasswordResetRequest,
    RequestPasswordReset,
    ResetPassword,
    TokenInvalid,
)
from shop.application.framework.views import DoneView, encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.user import Principal
from shop.domain.errors import TooMany
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response


class RecoveryController(Controller):
    path = "/api"
    tags = ("Accounts",)

    @post("/auth/password-reset", policy=Policy.PUBLIC, status_code=202, errors=(TooMany,))
    async def request_password_reset(
        self,
        request: ApiRequest,
        data: JSONBody[PasswordResetRequest],
        request_password_reset: NamedDependency[RequestPasswordReset],
    ) -> Response[DoneView]:
        await request_password_reset(data, client_address(request))
        return BytesResponse(encode(DoneView()), status=202)

    @post("/auth/password-reset/confirm", policy=Policy.PUBLIC, status_code=200, errors=(TokenInvalid,))
    async def reset_password(
        self, data: JSONBody[PasswordReset], reset_password: NamedDependency[ResetPassword]
    ) -> Response[DoneView]:
        await reset_password(data)
        return BytesResponse(encode(DoneView()))

    @post("/users/me/verify-email", policy=Policy.USER, status_code=202, errors=(NoEmail, MailOff, TooMany))
    async def request_email_verification(
        self,
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        request_email_verification: NamedDependency[RequestEmailVerification],
    ) -> Response[DoneView]:
        return answer_response(await request_email_verification(principal, idempotency), 202)

    @post("/auth/verify-email", policy=Policy.PUBLIC, status_code=200, errors=(TokenInvalid,))
    async def verify_email(
        self, data: JSONBody[EmailVerification], verify_email: NamedDependency[VerifyEmail]
    ) -> Response[DoneView]:
        await verify_email(data)
        return BytesResponse(encode(DoneView()))
