"""`/api/auth`: signing up, logging in and out."""

from typing import Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get, post
from litestar.params import JSONBody

from shop.application.accounts.logging_in import Credentials, LogIn, LogOut, RefreshRequest, RefreshSession
from shop.application.accounts.signing_up import NewAccount, SignUp
from shop.application.accounts.views import LoginView, SignedUpView, UserView
from shop.application.framework.views import DoneView, encode
from shop.application.ports.accounts import UserQueries
from shop.domain.accounts.credentials import EmailTaken, UsernameTaken
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.second_factor import TotpRequired
from shop.domain.accounts.session import InvalidRefreshToken
from shop.domain.accounts.user import Principal, WrongCredentials
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.conditional import respond_versioned
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import BytesResponse

_LOGIN_EXAMPLE: Final = {"username": "ada", "password": "correct horse battery"}


class AuthController(Controller):
    path = "/api/auth"
    tags = ("Accounts",)

    @post(
        "/signup",
        policy=Policy.PUBLIC,
        errors=(UsernameTaken, EmailTaken),
        request_example={**_LOGIN_EXAMPLE, "displayName": "Ada Lovelace"},
    )
    async def sign_up(
        self, data: JSONBody[NewAccount], sign_up: NamedDependency[SignUp]
    ) -> Response[SignedUpView]:
        return BytesResponse(encode(await sign_up(data)))

    @post(
        "/login",
        policy=Policy.PUBLIC,
        status_code=200,
        errors=(WrongCredentials, TotpRequired, TooManyFailedLogins),
        request_example=_LOGIN_EXAMPLE,
    )
    async def log_in(
        self, request: ApiRequest, data: JSONBody[Credentials], log_in: NamedDependency[LogIn]
    ) -> Response[LoginView]:
        return BytesResponse(encode(await log_in(data, client_address(request))))

    @post("/refresh", policy=Policy.PUBLIC, status_code=200, errors=(InvalidRefreshToken,))
    async def refresh_session(
        self, data: JSONBody[RefreshRequest], refresh_session: NamedDependency[RefreshSession]
    ) -> Response[LoginView]:
        return BytesResponse(encode(await refresh_session(data)))

    @post("/logout", policy=Policy.USER, status_code=200)
    async def log_out(
        self, principal: NamedDependency[Principal], log_out: NamedDependency[LogOut]
    ) -> Response[DoneView]:
        await log_out(principal)
        return BytesResponse(encode(DoneView()))

    @get("/me", policy=Policy.USER, versioned=True)
    async def show_me(
        self,
        request: ApiRequest,
        principal: NamedDependency[Principal],
        user_queries: NamedDependency[UserQueries],
    ) -> Response[UserView]:
        """Users: their own account."""
        user = await user_queries.user(principal.user_id)
        if user is None:
            raise NotFound("user")
        return respond_versioned(request, user, user.version)
