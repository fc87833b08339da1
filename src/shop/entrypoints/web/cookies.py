"""The tokens of the pages' session, in cookies that scripts cannot read.

Browsers attach cookies to every request, including forged ones. So a cookie is accepted only together with the
header `X-Shop-Page`, which forms cannot send and scripts of other origins can send only after a preflight,
which the shop refuses; and only when the browser states that the request is same-origin.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.response.base import ASGIResponse

from shop.application.accounts.views import LoginView
from shop.domain.errors import Forbidden
from shop.entrypoints.http.framework.request import context_of
from shop.entrypoints.http.framework.responses import BytesResponse

ACCESS_COOKIE: Final = "shop_access"
REFRESH_COOKIE: Final = "shop_refresh"
PAGE_HEADER: Final = "X-Shop-Page"

_PATHS: Final = {ACCESS_COOKIE: "/api", REFRESH_COOKIE: "/session"}


def page_token(request: Request[Any, Any, Any]) -> str | None:
    """Return the access token of a request sent by one of the shop's pages; None for other requests."""
    headers = request.headers
    if PAGE_HEADER not in headers or "cookie" not in headers or not is_same_origin(request):
        return None
    return request.cookies.get(ACCESS_COOKIE)


def require_page(request: Request[Any, Any, Any]) -> None:
    """Raise Forbidden unless one of the shop's pages sent the request."""
    if PAGE_HEADER not in request.headers or not is_same_origin(request):
        raise Forbidden("Only the shop's own pages may use its session.")


def is_same_origin(request: Request[Any, Any, Any]) -> bool:
    """Return whether the request is same-origin, according to `Sec-Fetch-Site`, which all current browsers send."""
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    # A proxy may have replaced the host that the browser requested.
    return site is not None or urlsplit(origin).netloc == headers.get("host")


class CookieResponse(BytesResponse[Any]):
    """A response of ready bytes with `Set-Cookie` headers."""

    __slots__ = ("_set_cookies",)

    def __init__(self, body: bytes, set_cookies: Sequence[str]) -> None:
        super().__init__(body, headers={"Cache-Control": "no-store"})
        self._set_cookies = set_cookies

    def to_asgi_response(self, app: Any, request: Any, **handler: Any) -> ASGIResponse:
        response: Any = super().to_asgi_response(app, request, **handler)
        response.ready_headers += [(b"set-cookie", cookie.encode("ascii")) for cookie in self._set_cookies]
        return response  # type: ignore[no-any-return]


def session_cookies(request: Request[Any, Any, Any], login: LoginView, refresh_ttl: timedelta) -> list[str]:
    """Return the `Set-Cookie` headers that store a login."""
    return [
        _cookie(request, ACCESS_COOKIE, login.access_token, login.expires_in),
        _cookie(request, REFRESH_COOKIE, login.refresh_token, int(refresh_ttl.total_seconds())),
    ]


def expired_cookies(request: Request[Any, Any, Any]) -> list[str]:
    """Return the `Set-Cookie` headers that delete the login."""
    return [_cookie(request, name, "", 0) for name in _PATHS]


def _cookie(request: Request[Any, Any, Any], name: str, value: str, max_age: int) -> str:
    secure = "; Secure" if context_of(request.scope).secure else ""
    return f"{name}={value}; Path={_PATHS[name]}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"
