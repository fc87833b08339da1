"""A small controller with one route of every kind, to test the HTTP framework."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import httpx
import msgspec
from litestar import Litestar, Response, Router, delete, get, patch, post, put
from litestar.controller import Controller
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from prometheus_client import CollectorRegistry

from shop.adapters.security.secrets import HmacDigests
from shop.application.framework.idempotency import Done, Outcome, Replayed
from shop.application.framework.inputs import ExpectedVersions, MajorUnits, ensure_expected
from shop.application.framework.views import Page as PageView
from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.domain.errors import Kind, NotFound, ShopError, Throttled, Unavailable
from shop.domain.money import Currency
from shop.entrypoints.http.framework.app import create_app
from shop.entrypoints.http.framework.conditional import respond
from shop.entrypoints.http.framework.middleware import RequestMetrics, metrics_of
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import Policy, TokenReaders
from shop.entrypoints.http.framework.request import ApiRequest, client_address
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response
from shop.entrypoints.http.orders.orders import CheckoutCounts

ADA = Principal(user_id="u-ada", username="ada", role=Role.CUSTOMER, session_id="s-1")
BOSS = Principal(user_id="u-boss", username="boss", role=Role.ADMIN, session_id="s-2")
AS_ADA = {"Authorization": "Bearer token-of-ada"}
AS_BOSS = {"Authorization": "Bearer token-of-boss"}


class Line(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    item_id: str
    quantity: Annotated[int, msgspec.Meta(ge=1, le=999)] = 1


class GadgetInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A gadget to be made."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    price: MajorUnits
    lines: list[Line] = []
    compare_at_price: MajorUnits | msgspec.UnsetType | None = msgspec.UNSET
    created_at: object = msgspec.UNSET


class GadgetPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str | msgspec.UnsetType = msgspec.UNSET


class GadgetView(msgspec.Struct, rename="camel", frozen=True):
    """A gadget."""

    id: str
    name: str
    price: Decimal
    made_at: datetime
    note: str | None = None


class Boom(ShopError):
    """The gadget went off. Stand back."""

    code: ClassVar[str] = "BOOM"
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("The gadget went off.", {"radius": 3})


class Workshop:
    async def __call__(self, gadget: GadgetInput) -> GadgetView:
        return view(gadget.name, gadget.price)


class MakeGadget(Workshop):
    """Makes a gadget out of thin air.

    Admins only.
    """


def view(name: str = "gadget", price: Decimal = Decimal("25.90")) -> GadgetView:
    return GadgetView("g-1", name, Decimal(price), datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))


class GadgetController(Controller):
    path = "/api/gadgets"
    tags = ("Gadgets",)

    @get(policy=Policy.PUBLIC)
    async def list(
        self,
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        min_price: Annotated[Decimal | None, QueryParameter(name="minPrice")] = None,
        in_stock: Annotated[bool | None, QueryParameter(name="inStock")] = None,
        q: Annotated[str | None, QueryParameter(max_length=50)] = None,
    ) -> Response[PageView[GadgetView]]:
        name = repr((min_price, in_stock, q))
        return BytesResponse(encode(PageView(page=page, limit=limit, total=1, items=[view(name)])))

    @get("/{gadget_id:str}", policy=Policy.OPTIONAL, versioned=True)
    async def show(
        self,
        request: ApiRequest,
        gadget_id: FromPath[str],
        optional_principal: NamedDependency[Principal | None],
    ) -> Response[GadgetView]:
        """Show one gadget.

        Admins see the hidden ones.
        """
        if gadget_id != "g-1":
            raise NotFound("gadget")
        return respond(
            request,
            encode(view(optional_principal.username if optional_principal else "nobody")),
            etag="7-40",
        )

    @post(policy=Permission.ORDERS_WRITE, errors=(Boom, NotFound("part"), Throttled), location=True)
    async def make_gadget(
        self, data: JSONBody[GadgetInput], make_gadget: NamedDependency[MakeGadget]
    ) -> Response[GadgetView]:
        made = await make_gadget(data)
        return BytesResponse(encode(made), headers={"Location": f"/api/gadgets/{made.id}"})

    @patch("/{gadget_id:str}", policy=Policy.USER, versioned=True)
    async def change(
        self,
        request: ApiRequest,
        gadget_id: FromPath[str],
        data: JSONBody[GadgetPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
    ) -> Response[GadgetView]:
        ensure_expected(7, expected_versions)
        return respond(request, encode(view(f"{principal.username} {gadget_id} {data.name}")), etag="8-40")

    @put("/{gadget_id:str}", policy=Policy.PUBLIC)
    async def replace(self, gadget_id: FromPath[str], data: JSONBody[GadgetInput]) -> Response[GadgetView]:
        return BytesResponse(encode(view(f"{gadget_id} {data.name}", data.price)))

    @delete("/{gadget_id:str}", policy=Policy.USER, status_code=200)
    async def remove(self, gadget_id: FromPath[str]) -> Response[dict[str, bool]]:
        return BytesResponse(encode({"ok": bool(gadget_id)}))

    @post("/{gadget_id:str}/sell", policy=Policy.USER, status_code=201)
    async def sell(
        self,
        gadget_id: FromPath[str],
        data: JSONBody[Line],
        idempotency: NamedDependency[IdempotencyKey | None],
    ) -> Response[dict[str, str]]:
        key = (
            {"scope": idempotency.scope, "key": idempotency.key, "print": idempotency.fingerprint}
            if idempotency
            else {}
        )
        body = encode(key)
        outcome: Outcome[dict[str, str]] = Replayed(body) if data.item_id == "again" else Done(key, body)
        return answer_response(outcome, 201)


class TroubleController(Controller):
    path = "/api/trouble"

    @get("/{kind:str}", policy=Policy.PUBLIC)
    async def make_trouble(self, kind: FromPath[str]) -> Response[dict[str, str]]:
        errors: dict[str, Exception] = {
            "bug": ZeroDivisionError("secret of the inside"),
            "conflict": Boom(),
            "throttled": Throttled("Too many.", retry_after=30),
            "down": Unavailable("The database is down."),
            "still-running": ShopError("Still running.", retry_after=2),
        }
        raise errors[kind]

    @get("/where", policy=Policy.PUBLIC)
    async def where(self, request: ApiRequest) -> Response[str]:
        return BytesResponse(encode(client_address(request)))


async def authenticate(token: str) -> Principal | None:
    return {"token-of-ada": ADA, "token-of-boss": BOSS}.get(token)


async def no_guest(token: str) -> None:
    """Accept no token: the toy has neither guests' carts nor orders."""


def toy_app(**options: Any) -> Litestar:
    """Return the toy application; `options` are passed to `create_app`."""
    registry = CollectorRegistry()
    metrics = RequestMetrics(CheckoutCounts(registry))
    registry.register(metrics)
    arguments: dict[str, Any] = {
        "version": "1.2.3",
        "metrics": metrics,
        "show_metrics": metrics_of(registry),
        "currency": Currency("USD"),
    }
    arguments |= options
    controllers = arguments.pop("controllers", [GadgetController, TroubleController])
    make_gadget = MakeGadget()
    dependencies = {"make_gadget": Provide(lambda: make_gadget, sync_to_thread=False)}
    router = Router("/", route_handlers=controllers, dependencies=dependencies)
    digests = HmacDigests("-" * 32)
    readers = TokenReaders(authenticate, no_guest, no_guest)
    return create_app([router], lambda: digests, readers, **arguments)


@asynccontextmanager
async def client_of(app: Any, peer: str = "203.0.113.9") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        yield client


def error_of(response: httpx.Response) -> dict[str, Any]:
    """Check the shape of an error response, and return its `error`."""
    body = response.json()
    assert body.keys() == {"error"}
    error: dict[str, Any] = body["error"]
    assert {"code", "message"} <= error.keys() <= {"code", "message", "details"}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    return error
