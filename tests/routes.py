"""The routes of the API, derived from the application, for tests of access and of hostile bodies."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from shop.entrypoints.http.framework.policies import Permits, policy_of
from shop.entrypoints.http.framework.request import takes_form
from tools.api_shape import app_of

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
_PARAMETERS = {"code": "CODE", "username": "ada", "client_secret": "x"}
"""Values of path parameters by name; all others get UNKNOWN_ID."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, in which every parameter has a value."""

    method: str
    path: str
    policy: Permits
    takes_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path.replace(UNKNOWN_ID, 'id')}"


@cache
def api_routes() -> tuple[Route, ...]:
    """Return every route below `/api`, in a stable order."""
    return tuple(sorted(_routes(), key=str))


def _routes() -> Iterator[Route]:
    for route in app_of().routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith("/api/"):
            continue
        path = "".join(_parts_of(route))
        for method, (handler, _) in route.route_handler_map.items():
            policy = policy_of(handler)
            if method != "OPTIONS" and policy is not None:
                yield Route(method, path, policy, _takes_json(handler))


def _takes_json(handler: HTTPRouteHandler) -> bool:
    return handler.parsed_data_field is not None and not takes_form(handler)


def _parts_of(route: HTTPRoute) -> Iterator[str]:
    for part in route.path_components:
        if isinstance(part, str):
            yield f"/{part}"
        else:
            yield f"/{_PARAMETERS.get(part.name, UNKNOWN_ID)}"
