"""`/api/users/me/totp`: users manage their second factor."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import post
from litestar.params import JSONBody

from shop.application.accounts.second_factors import (
    ConfirmSecondFactor,
    DisableSecondFactor,
    RecoveryCodesView,
    SecondFactorCode,
    SecondFactorRemoval,
    SecondFactorSecretView,
    SecondFactorSetup,
    SetUpSecondFactor,
)
from shop.application.framework.secret_answers import AnswerGone
from shop.application.framework.views import DoneView
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import SecretKeysMissing
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.second_factor import NoSecondFactor, WrongCode
from shop.domain.accounts.user import Principal, WrongPassword
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import answer_response


class SecondFactorsController(Controller):
    path = "/api/users/me/totp"
    tags = ("Accounts",)

    @post(
        policy=Policy.USER,
        status_code=200,
        errors=(WrongPassword, WrongCode, TooManyFailedLogins, SecretKeysMissing, AnswerGone),
    )
    async def set_up_second_factor(
        self,
        request: ApiRequest,
        data: JSONBody[SecondFactorSetup],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        set_up_second_factor: NamedDependency[SetUpSecondFactor],
    ) -> Response[SecondFactorSecretView]:
        answer = await set_up_second_factor(principal, data, client_address(request), idempotency)
        return answer_response(answer, 200)

    @post(
        "/confirm",
        policy=Policy.USER,
        status_code=200,
        errors=(WrongCode, NoSecondFactor, SecretKeysMissing, AnswerGone),
    )
    async def confirm_second_factor(
        self,
        data: JSONBody[SecondFactorCode],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        confirm_second_factor: NamedDependency[ConfirmSecondFactor],
    ) -> Response[RecoveryCodesView]:
        return answer_response(await confirm_second_factor(principal, data, idempotency), 200)

    @post(
        "/disable",
        policy=Policy.USER,
        status_code=200,
        errors=(WrongPassword, WrongCode, TooManyFailedLogins, NoSecondFactor),
    )
    async def disable_second_factor(
        self,
        request: ApiRequest,
        data: JSONBody[SecondFactorRemoval],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        disable_second_factor: NamedDependency[DisableSecondFactor],
    ) -> Response[DoneView]:
        answer = await disable_second_factor(principal, data, client_address(request), idempotency)
        return answer_response(answer, 200)
