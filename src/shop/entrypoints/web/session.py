"""`/session`: the pages' login and logout; their scripts never see a token."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, post, put
from litestar.params import JSONBody
from msgspec import UNSET, Struct, UnsetType

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.logging_in import Credentials, LogIn, LogOut, RefreshRequest, RefreshSession
from shop.application.accounts.views import LoginView
from shop.application.carts.merged_views import MergedCartView
from shop.application.framework.views import encode
from shop.domain.accounts.permissions import Permission, in_order
from shop.domain.accounts.session import InvalidRefreshToken
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.cookies import (
    REFRESH_COOKIE,
    CookieResponse,
    expired_cookies,
    require_page,
    session_cookies,
)


class PageUser(Struct, rename="camel", frozen=True):
    """The user of a page, and what their role permits now."""

    id: str
    username: str
    role: str
    permissions: list[Permission]
    must_set_up_second_factor: bool


class SessionView(Struct, frozen=True):
    """The user who is logged in, or None. `cart` describes the merge of the guest's cart by this login."""

    user: PageUser | None
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
        authenticate: NamedDependency[Authenticate],
        page_configuration: NamedDependency[PageConfiguration],
    ) -> Response[SessionView]:
        """Log in as `POST /api/auth/login` does, and store the tokens in cookies."""
        require_page(request)
        login = await log_in(data, client_address(request))
        cookies = session_cookies(request, login, page_configuration.refresh_ttl)
        return CookieResponse(encode(SessionView(await _user_of(login, authenticate), login.cart)), cookies)

    @put()
    async def renew_session(
        self,
        request: ApiRequest,
        refresh_session: NamedDependency[RefreshSession],
        authenticate: NamedDependency[Authenticate],
        page_configuration: NamedDependency[PageConfiguration],
    ) -> Response[SessionView]:
        """Exchange the tokens for fresh ones. An expired session is not an error; the answer then has no user."""
        require_page(request)
        try:
            login = await refresh_session(RefreshRequest(request.cookies.get(REFRESH_COOKIE, "")))
        except InvalidRefreshToken:
            return CookieResponse(encode(SessionView(None)), expired_cookies(request))
        cookies = session_cookies(request, login, page_configuration.refresh_ttl)
        return CookieResponse(encode(SessionView(await _user_of(login, authenticate))), cookies)

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


async def _user_of(login: LoginView, authenticate: Authenticate) -> PageUser | None:
    """Return the user of a fresh login; None if the login has already been ended."""
    principal = await authenticate(login.access_token)
    if principal is None:
        return None
    user = login.user
    permissions = in_order(principal.role.permissions)
    return PageUser(user.id, user.username, user.role, permissions, principal.must_set_up_second_factor)
