"""Every dialect allows no more than the main API, answers errors in its own shape, and answers 404 when it is off."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute

from shop.adapters.memory.storage import MemoryStorage
from shop.container.root import assemble
from shop.entrypoints.http.compat import dialects_of
from shop.entrypoints.http.framework.policies import Permits, Policy, policy_of
from shop.entrypoints.http.wiring import http_app
from shop.settings import Configuration, Payments, Settings
from shop.settings.values import DialectName
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.compat_stories import said
from tests.documents import ROOT
from tests.unit.hostile import HOSTILE_BODIES

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
ERROR_FIELDS = {"express": "message", "flask": "error", "microservices": "message"}


@dataclass(frozen=True, slots=True)
class Route:
    """A route. `like` names the main API's operation that a dialect's route corresponds to."""

    method: str
    path: str
    policy: Permits
    like: str | None
    takes_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def dialect(self) -> str:
        return self.path.split("/")[2]

    @property
    def address(self) -> str:
        parts = {"{product_id}": UNKNOWN_ID, "{order_id}": UNKNOWN_ID, "{username}": "nobody"}
        path = self.path
        for part, value in parts.items():
            path = path.replace(part, value)
        return path


def routes(payments: Payments = Payments.STRIPE) -> Iterator[Route]:
    keys: dict[str, Any] = {"stripe_secret_key": "-", "stripe_webhook_secrets": ("-",)}
    settings = Settings(jwt_secret="-" * 32, payments=(payments,), compat=frozenset(DialectName), **keys)
    for route in http_app(assemble(settings=settings, storage=MemoryStorage())).routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                policy = policy_of(handler)
                if method != "OPTIONS" and policy is not None:
                    body = handler.parsed_data_field is not None
                    yield Route(method, route.path_format, policy, handler.opt.get("like"), body)


ROUTES = sorted(routes(), key=str)
MAIN = {str(route): route for route in ROUTES if not route.path.startswith("/compat/")}
COMPAT = [route for route in ROUTES if route.path.startswith("/compat/") and route.like]
every_route = pytest.mark.parametrize("route", COMPAT, ids=str)
STAFF_MAY_MORE = {"PUT /compat/microservices/orders/{order_id}"}
"""Buyers may call it to cancel. Its handler checks the rest: see `test_only_staff_change_an_orders_status`."""


def test_every_route_of_a_dialect_corresponds_to_one_of_the_main_api() -> None:
    documents = {f"GET /compat/{name}/openapi.json" for name in DialectName}
    assert {str(route) for route in ROUTES if route.path.startswith("/compat/")} == {
        *map(str, COMPAT),
        *documents,
    }
    assert {route.like for route in COMPAT} <= MAIN.keys()


@every_route
def test_a_route_requires_the_same_permission_as_in_the_main_api(route: Route) -> None:
    assert route.like is not None
    main = MAIN[route.like]
    if str(route) in STAFF_MAY_MORE or route.like == "GET /api/products/{product_id}":
        return  # the main API shows staff more of a product; a dialect does not
    if main.policy in (Policy.BUYER, Policy.ORDER_OWNER):  # a dialect has no guests
        assert route.policy is Policy.USER
    else:
        assert route.policy == main.policy


@dataclass(slots=True)
class Callers:
    """Clients of every kind of caller, from anonymous to the owner."""

    clients: dict[str, httpx.AsyncClient]

    @classmethod
    async def of(cls, shop: ShopHarness) -> "Callers":
        broken = await shop.open_client({"Authorization": "Bearer a.b.c"})
        return cls(
            {
                "anonymous": shop.client,
                "a broken token": broken,
                "a customer": await shop.customer("ada"),
                "the owner": await shop.admin(),
            }
        )


async def test_dialects_allow_nothing_that_the_main_api_refuses(shop: ShopHarness) -> None:
    """Every caller calls every route of every dialect, with unknown ids and a body that is not JSON."""
    callers = await Callers.of(shop)
    for route in COMPAT:
        if route.like == "POST /api/webhooks/stripe":
            continue  # this shop has the sandbox as its payment provider, not Stripe
        assert route.like is not None
        main = MAIN[route.like]
        query = "?page=1" if main.method == "GET" else ""
        for name, client in callers.clients.items():
            there = await client.request(main.method, main.address + query, content=b'{"nonsense')
            here = await client.request(route.method, route.address, content=b'{"nonsense')
            refused = there.status_code in (401, 403)
            if str(route) in STAFF_MAY_MORE and name == "a customer":
                # The body is checked first; the next test covers the roles.
                assert here.status_code == 400, route
            else:
                assert (here.status_code in (401, 403)) == refused, (str(route), name)
            if refused and str(route) not in STAFF_MAY_MORE:
                assert here.status_code == there.status_code, (str(route), name)
                assert here.json().keys() == {ERROR_FIELDS[route.dialect]}


async def test_only_staff_change_an_orders_status(shop: ShopHarness) -> None:
    ada, owner = await shop.customer("ada"), await shop.admin()
    mug = said(await owner.post("/api/products", json={"name": "Mug", "price": 5, "stock": 3}), 201)
    items = {"items": [{"itemId": mug["id"], "quantity": 1}]}
    order = said(await ada.post("/api/orders", json=items), 201)["order"]
    address = f"/compat/microservices/orders/{order['id']}"
    for status in ("paid", "shipped", "delivered", "refunded", "pending"):
        said(await ada.put(address, json={"status": status}), 403)
        main = await owner.put(f"/api/admin/orders/{order['id']}", json={"status": status})
        said(await owner.put(address, json={"status": status}), main.status_code)
    await shop.pay(order)
    for status in ("shipped", "delivered"):
        said(await ada.put(address, json={"status": status}), 403)
        assert said(await owner.put(address, json={"status": status}), 200)["status"] == status


@pytest.mark.parametrize("route", [route for route in COMPAT if route.takes_body], ids=str)
async def test_hostile_bodies_are_refused_in_the_dialect(shop: ShopHarness, route: Route) -> None:
    owner = await shop.admin()
    for body in HOSTILE_BODIES:
        answer = await owner.request(route.method, route.address, content=body)
        assert 400 <= answer.status_code < 500, (body[:80], answer.text)
        assert answer.json().keys() == {ERROR_FIELDS[route.dialect]}
    unknown = await owner.request(route.method, route.address, json={"isAdmin": True, "role": "admin"})
    assert unknown.status_code == 400
    text = await owner.request(
        route.method, route.address, content=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert text.status_code == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing", 404),
        ("PATCH", "products", 405),
        ("GET", "products/%00", 404),
        ("GET", "products?page=0", 400),
        ("POST", "products", 401),
        ("GET", "/products/..%2f..", 404),
    ],
)
async def test_errors_have_the_shape_of_the_dialect(
    shop: ShopHarness, method: str, path: str, status: int
) -> None:
    url = f"/compat/flask/{path}"
    answer = await shop.client.request(method, url)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["x-request-id"]
    assert (await shop.client.get("/nothing")).json()["error"]["code"] == "NOT_FOUND"


async def test_failed_logins_count_across_dialects_and_the_main_api(shop: ShopHarness) -> None:
    """After ten failures through two dialects, the account is locked in the main API too."""
    await shop.customer("ada")
    wrong = {"username": "ada", "password": "not the password"}
    for path in ("/compat/flask/auth", "/compat/microservices/login") * 5:
        said(await shop.client.post(path, json=wrong), 401)
    right = {"username": "ada", "password": PASSWORD}
    refused = await shop.client.post("/compat/flask/auth", json=right)
    assert said(refused, 429).keys() == {"error"}
    assert refused.headers["Retry-After"]
    assert (await shop.client.post("/api/auth/login", json=right)).status_code == 429


async def test_writes_are_audited_and_counted(shop: ShopHarness) -> None:
    owner, ada = await shop.admin(), await shop.customer("ada")
    mug = said(await owner.post("/compat/flask/products", json={"name": "Mug", "price": 5, "stock": 1}), 201)
    trail = said(await owner.get("/api/admin/audit?page=1"), 200)["items"]
    assert any(entry["action"] == "product.created" and mug["id"] in json.dumps(entry) for entry in trail)
    wanted = {"items": [{"productId": mug["id"], "quantity": 1}]}
    said(await ada.post("/compat/express/api/orders/create", json=wanted), 201)
    said(await ada.post("/compat/express/api/orders/create", json=wanted), 409)
    metrics = (await shop.client.get("/metrics")).text
    assert 'shop_checkouts_total{outcome="placed"} 1.0' in metrics
    assert 'shop_stock_outs_total{where="checkout"} 1.0' in metrics


@pytest.mark.parametrize("chosen", [frozenset(), frozenset({DialectName.FLASK})], ids=["none", "one"])
async def test_dialects_that_are_off_get_404(chosen: frozenset[DialectName]) -> None:
    async with shop_harness(compat=chosen) as shop:
        owner = await shop.admin()
        for route in COMPAT:
            if route.dialect not in chosen:
                answer = await owner.request(route.method, route.address, json={})
                assert answer.status_code == 404, route
                assert answer.json()["error"]["code"] == "NOT_FOUND"
        for name in DialectName:
            document = await owner.get(f"/compat/{name}/openapi.json")
            assert document.status_code == (200 if name in chosen else 404)


@pytest.mark.parametrize("name", DialectName)
async def test_each_dialect_has_its_own_openapi_document(shop: ShopHarness, name: DialectName) -> None:
    document = said(await shop.client.get(f"/compat/{name}/openapi.json"), 200)
    operations = {
        f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods
    }
    webhook = "POST /compat/express/api/orders/webhook"  # this shop has the sandbox, not Stripe
    assert operations == {str(route) for route in COMPAT if route.dialect == name} - {webhook}
    assert document["components"]["schemas"]["ProblemAnswer"]["required"] == [ERROR_FIELDS[name]]
    assert '"error":{"code"' not in json.dumps(document, separators=(",", ":"))
    main = said(await shop.client.get("/schema/openapi.json"), 200)
    assert not any("compat" in path for path in main["paths"])


def test_dialects_need_all_services(tmp_path: Any) -> None:
    found = Configuration.read({"SHOP_COMPAT": "flask", "SHOP_SERVICES": "accounts"}, tmp_path)
    assert found.problems(to_serve=False) == ["SHOP_COMPAT needs a process that serves all of SHOP_SERVICES."]
    wrong = Configuration.read({"SHOP_COMPAT": "django"}, tmp_path)
    (problem,) = wrong.problems(to_serve=False)
    assert problem.startswith("SHOP_COMPAT must be some of express,flask,microservices")


def test_the_documentation_maps_every_route_to_the_main_api() -> None:
    page = (ROOT / "docs" / "coming-from-another-api.md").read_text()
    for dialect in dialects_of(list(DialectName)):
        assert f"`{dialect.path}`" in page
    for route in COMPAT:
        path = route.path.removeprefix(f"/compat/{route.dialect}") or "/"
        assert f"| `{route.method} {path}` | `{route.like}` |" in page, route
