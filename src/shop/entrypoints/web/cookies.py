"""The tokens of the pages' session, in cookies that no script can read.

A cookie comes with whatever request the browser sends, whoever made it do so. So it counts only beside the header
`X-Shop-Page`, which no form can send, and a script of another origin only after a preflight that the shop refuses;
and only when the browser itself says that the request is of the same origin.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.response.base import ASGIResponse

from shop.application.accounts.views import LoginView
from shop.domain.errors import Forbidden
from shop.entrypoints.http.framework.context import context_of
from shop.entrypoints.http.framework.responses import BytesResponse

ACCESS_COOKIE: Final = "shop_access"
REFRESH_COOKIE: Final = "shop_refresh"
PAGE_HEADER: Final = "X-Shop-Page"

_PATHS: Final = {ACCESS_COOKIE: "/api", REFRESH_COOKIE: "/session"}


def page_token(request: Request[Any, Any, Any]) -> str | None:
    """The access token of a request that a page of the shop's own sent; None for every other."""
    headers = request.headers
    if PAGE_HEADER not in headers or "cookie" not in headers or not is_same_origin(request):
        return None
    return request.cookies.get(ACCESS_COOKIE)


def require_page(request: Request[Any, Any, Any]) -> None:
    """Raise Forbidden unless a page of the shop's own sent the request."""
    if PAGE_HEADER not in request.headers or not is_same_origin(request):
        raise Forbidden("Only the shop's own pages may use its session.")


def is_same_origin(request: Request[Any, Any, Any]) -> bool:
    """What the browser says of who made it send the request; all current ones say it in `Sec-Fetch-Site`."""
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    # A proxy may have put another host in place of the one that the browser asked for.
    return site is not None or urlsplit(origin).netloc == headers.get("host")


class CookieResponse(BytesResponse[Any]):
    """Ready bytes with `Set-Cookie` headers."""

    __slots__ = ("_set_cookies",)

    def __init__(self, body: bytes, set_cookies: Sequence[str]) -> None:
        super().__init__(body, headers={"Cache-Control": "no-store"})
        self._set_cookies = set_cookies

    def to_asgi_response(self, app: Any, request: Any, **handler: Any) -> ASGIResponse:
        response: Any = super().to_asgi_response(app, request, **handler)
        response.ready_headers += [(b"set-cookie", cookie.encode("ascii")) for cookie in self._set_cookies]
        return response  # type: ignore[no-any-return]


def session_cookies(request: Request[Any, Any, Any], login: LoginView, refresh_ttl: timedelta) -> list[str]:
    """The `Set-Cookie` headers that keep a login."""
    return [
        _cookie(request, ACCESS_COOKIE, login.access_token, login.expires_in),
        _cookie(request, REFRESH_COOKIE, login.refresh_token, int(refresh_ttl.total_seconds())),
    ]


def expired_cookies(request: Request[Any, Any, Any]) -> list[str]:
    """The `Set-Cookie` headers that forget it."""
    return [_cookie(request, name, "", 0) for name in _PATHS]


def _cookie(request: Request[Any, Any, Any], name: str, value: str, max_age: int) -> str:
    secure = "; Secure" if context_of(request.scope).secure else ""
    return f"{name}={value}; Path={_PATHS[name]}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
