"""`/schema`: the docs page of the API, with forms that try its calls. It loads nothing from other hosts.

The page is the shop's own, in the design of its other pages; docs/decisions explains why.
"""

from hashlib import blake2b
from importlib.resources import files
from string import Template
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin

from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import IMMUTABLE, BytesResponse

_MEDIA_TYPES: Final = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}
_OWN: Final = files("shop.entrypoints.http") / "assets" / "docs"
_SHARED: Final = files("shop.entrypoints.web") / "assets"
_SHARED_FILES: Final = ("common/tokens.css", "common/base.css", "common/dom.js", "icon.svg")
"""Files of the storefront that the page uses as well, also where the storefront itself is not served."""
_SHELL: Final = "page.html"

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


class DocumentationPage(OpenAPIRenderPlugin):
    """The page at `/schema` and the files that it loads."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._files = {entry.name: entry.read_bytes() for entry in _OWN.iterdir() if entry.name != _SHELL}
        self._files |= {name.rpartition("/")[2]: (_SHARED / name).read_bytes() for name in _SHARED_FILES}
        digest = blake2b(digest_size=8)
        for name, body in sorted(self._files.items()):
            digest.update(name.encode() + b"\0" + body + b"\0")
        self._digest = digest.hexdigest()
        shell = (_OWN / _SHELL).read_text(encoding="utf-8")
        self._page = Template(shell).substitute(digest=self._digest).encode()

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Render the page; Litestar calls this for each request."""
        return self._page

    def receive_router(self, router: Router) -> None:
        """Add the routes to Litestar's router; Litestar calls this once, at startup."""
        for name, body in self._files.items():
            router.register(_asset(f"/{self._digest}/{name}", body))


class SchemaRouter(Router):
    """Litestar's router for `/schema`, without the HTML page that it would serve for unknown paths below."""

    def __init__(self) -> None:
        super().__init__(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            opt={"policy": Policy.PUBLIC},
            response_headers=_HEADERS,
        )

    def register(self, value: Any) -> Any:
        if isinstance(value, HTTPRouteHandler) and "/{path:str}" in value.paths:
            return []
        return super().register(value)


def _asset(path: str, body: bytes) -> HTTPRouteHandler:
    media_type = _MEDIA_TYPES[path.rpartition(".")[2]]

    @get(path, media_type=MediaType.TEXT)
    async def asset() -> Response[bytes]:
        return BytesResponse(body, media_type=media_type, headers=IMMUTABLE)

    return asset
