"""`/session`: the pages' login and logout; their scripts never see a token."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, post, put
from litestar.params import JSONBody
from msgspec import UNSET, Struct, UnsetType

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.logging_in import Credentials, LogIn, LogOut, RefreshRequest, RefreshSession
from shop.application.accounts.views import AccountView
from shop.application.carts.merged_views import MergedCartView
from shop.application.framework.views import encode
from shop.domain.accounts.session import InvalidRefreshToken
from shop.entrypoints.http.framework.context import client_address
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.cookies import (
    REFRESH_COOKIE,
    CookieResponse,
    expired_cookies,
    require_page,
    session_cookies,
)


class SessionView(Struct, frozen=True):
    """The user who is logged in, or None. `cart` tells of the guest's cart that the login merged."""

    user: AccountView | None
    cart: MergedCartView | UnsetType = UNSET


class SessionController(Controller):
    path = "/session"
    include_in_schema = False
    opt = {"policy": Policy.PUBLIC}  # noqa: RUF012 (Litestar's declaration)

    @post(status_code=200)
    async def open_session(
        self,
        request: ApiRequest,
        data: JSONBody[Credentials],
        log_in: NamedDependency[LogIn],
        page_configuration: NamedDependency[PageConfiguration],
    ) -> Response[SessionView]:
        """Log in as `POST /api/auth/login` does, and store the tokens in cookies."""
        require_page(request)
        login = await log_in(data, client_address(request))
        cookies = session_cookies(request, login, page_configuration.refresh_ttl)
        return CookieResponse(encode(SessionView(login.user, login.cart)), cookies)

    @put()
    async def renew_session(
        self,
        request: ApiRequest,
        refresh_session: NamedDependency[RefreshSession],
        page_configuration: NamedDependency[PageConfiguration],
    ) -> Response[SessionView]:
        """Exchange the tokens for fresh ones. An expired session is not an error; the answer then has no user."""
        require_page(request)
        try:
            login = await refresh_session(RefreshRequest(request.cookies.get(REFRESH_COOKIE, "")))
        except InvalidRefreshToken:
            return CookieResponse(encode(SessionView(None)), expired_cookies(request))
        cookies = session_cookies(request, login, page_configuration.refresh_ttl)
        return CookieResponse(encode(SessionView(login.user)), cookies)

    @delete(status_code=200)
    async def close_session(
        self,
        request: ApiRequest,
        refresh_session: NamedDependency[RefreshSession],
        authenticate: NamedDependency[Authenticate],
        log_out: NamedDependency[LogOut],
    ) -> Response[SessionView]:
        """Log out. The browser sends only the refresh token here; it is exchanged to identify the session."""
        require_page(request)
        try:
            login = await refresh_session(RefreshRequest(request.cookies.get(REFRESH_COOKIE, "")))
        except InvalidRefreshToken:
            principal = None
        else:
            principal = await authenticate(login.access_token)
        if principal is not None:
            await log_out(principal)
        return CookieResponse(encode(SessionView(None)), expired_cookies(request))
