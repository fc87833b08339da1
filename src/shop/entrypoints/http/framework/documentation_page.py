"""`/schema`: the interactive API docs, served from local files so that they work offline."""

from importlib.resources import files
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin

from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse

_SCRIPT: Final = "rapidoc-9.3.8.js"
_LICENSE: Final = "rapidoc-9.3.8.LICENSE.txt"
_A_YEAR: Final = {"Cache-Control": "public, max-age=31536000, immutable"}

_PAGE: Final = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shop API</title>
<link rel="icon" href="data:,">
<script type="module" src="/schema/{_SCRIPT}"></script>
</head>
<body>
<rapi-doc spec-url="/schema/openapi.json" render-style="focused" load-fonts="false" show-header="false"
  schema-style="table" persist-auth="true" allow-spec-url-load="false" allow-spec-file-load="false"
  allow-server-selection="false" sort-endpoints-by="none" nav-item-spacing="compact"></rapi-doc>
</body>
</html>
""".encode()

# The component uses inline styles; the page may load or connect to nothing else.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


class DocumentationPage(OpenAPIRenderPlugin):
    """The page at `/schema` and the files that it loads."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Render the page; Litestar calls this for each request."""
        return _PAGE

    def receive_router(self, router: Router) -> None:
        """Add the routes to Litestar's router; Litestar calls this once, at startup."""
        router.register(_asset(_SCRIPT, b"text/javascript; charset=utf-8"))
        router.register(_asset(_LICENSE, b"text/plain; charset=utf-8"))


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


def _asset(name: str, media_type: bytes) -> HTTPRouteHandler:
    body = (files("shop.entrypoints.http") / "assets" / name).read_bytes()

    @get(f"/{name}", media_type=MediaType.TEXT)
    async def asset() -> Response[bytes]:
        return BytesResponse(body, media_type=media_type, headers=_A_YEAR)

    return asset
