"""The contract's general section: access, errors, amounts and times."""

import re

import httpx
import pytest

from shop.entrypoints.http.framework.policies import Policy
from shop.testing import ShopHarness
from tests.routes import UNKNOWN_ID, Route, api_routes
from tests.unit.framework.toy import error_of
from tests.unit.shopping import (
    buy,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio

WITH_LOGIN = (Policy.USER, Policy.BUYER, Policy.ORDER_OWNER)
"""Policies that need a login, or else the token of a guest's cart or order."""
OF_USERS = [route for route in api_routes() if route.policy in WITH_LOGIN]
OF_ADMINS = [route for route in api_routes() if not isinstance(route.policy, Policy)]
OF_ANYONE = [route for route in api_routes() if route.policy in (Policy.PUBLIC, Policy.OPTIONAL)]
WITH_BODY = [route for route in api_routes() if route.takes_body]
NONSENSE = b'{"nonsense'


UNUSABLE_TOKENS = [None, "", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer é", "token"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/api", 404, "NOT_FOUND"),
        ("GET", "/api/nothing", 404, "NOT_FOUND"),
        ("POST", "/api/cart/items/x/y", 404, "NOT_FOUND"),
        ("GET", "/API/cart", 404, "NOT_FOUND"),
        ("POST", "/api/cart", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/api/orders", 405, "METHOD_NOT_ALLOWED"),
        ("TRACE", "/api/products", 405, "METHOD_NOT_ALLOWED"),
        ("BREW", "/api/products", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/cart/items", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_errors_of_the_framework_have_the_error_shape(
    shop: ShopHarness, method: str, path: str, status: int, code: str
) -> None:
    answer = await shop.client.request(method, httpx.URL(f"http://shop.test{path}"))
    refused(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]


every_body = pytest.mark.parametrize("route", WITH_BODY, ids=str)


@every_body
async def test_unknown_fields_are_refused(admin: httpx.AsyncClient, route: Route) -> None:
    details = refused(
        await admin.request(route.method, route.path, json={"colour": "blue"}), 400, "VALIDATION_FAILED"
    )
    assert details == {"colour": "is not a field of this request"}


@every_body
async def test_invalid_json_is_malformed(admin: httpx.AsyncClient, route: Route) -> None:
    deep = b"[" * 10_000
    for body in (
        b"{",
        b"NaN",
        b"Infinity",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\xff",
        b'"\\ud800"',
        b"{}{}",
        deep,
        b"\x00",
    ):
        answer = await admin.request(route.method, route.path, content=body)
        assert answer.status_code == 400
        assert error_of(answer)["code"] in {"MALFORMED_JSON", "VALIDATION_FAILED"}


@every_body
async def test_a_body_is_an_object(admin: httpx.AsyncClient, route: Route) -> None:
    for body in (b"[]", b"[{}]", b"null", b'"text"', b"1", b"true"):
        answer = await admin.request(route.method, route.path, content=body)
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"body"}


@every_body
async def test_nul_characters_and_lone_surrogates_are_refused(admin: httpx.AsyncClient, route: Route) -> None:
    nul = await admin.request(route.method, route.path, content=b'{"name\\u0000": 1}')
    assert refused(nul, 400, "VALIDATION_FAILED").keys() == {"name\x00"}
    for body in (b'{"name": "\\ud800"}', b'{"name": "\\udc00\\ud800"}'):
        answer = await admin.request(route.method, route.path, content=body)
        assert answer.status_code == 400
        code, details = error_of(answer)["code"], error_of(answer)["details"]
        # Routes that have no field `name` may refuse the field before they read its value.
        assert (code, details.keys()) in [("MALFORMED_JSON", {"body"}), ("VALIDATION_FAILED", {"name"})]


@every_body
async def test_a_body_is_json(admin: httpx.AsyncClient, route: Route) -> None:
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
    ):
        answer = await admin.request(
            route.method, route.path, content=b"{}", headers={"Content-Type": content_type}
        )
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    latin = {"Content-Type": "application/json; charset=iso-8859-1"}
    refused(
        await admin.request(route.method, route.path, content=b"{}", headers=latin),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )


@every_body
async def test_a_body_has_at_most_a_mebibyte(admin: httpx.AsyncClient, route: Route) -> None:
    body = b'{"a": "' + b"a" * (1024 * 1024 - 9) + b'"}'
    assert len(body) == 1024 * 1024
    assert (await admin.request(route.method, route.path, content=body)).status_code == 400
    refused(await admin.request(route.method, route.path, content=body + b" "), 413, "PAYLOAD_TOO_LARGE")


async def test_a_body_of_optional_fields_may_be_left_out(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin)
    for path in (f"/api/products/{product['id']}", f"/api/promo-codes/{code}", "/api/users/owner"):
        for content in (None, b"", b"{}"):
            assert (await admin.patch(path, content=content)).status_code == 200, path
    await put_into_cart(ada, product)
    typed = await ada.post("/api/cart/checkout", content=b"", headers={"Content-Type": "application/json"})
    assert typed.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("POST", "/api/products", "name"),
        ("POST", "/api/cart/items", "itemId"),
        ("PUT", "/api/cart/promo-code", "promoCode"),
        ("POST", "/api/orders", "items"),
        ("POST", "/api/promo-codes", "code"),
        ("PUT", "/api/users/me", "profile"),
        ("POST", "/api/sandbox/payments/x/confirm", "outcome"),
        ("POST", "/api/auth/login", "password"),
        ("PUT", f"/api/admin/orders/{UNKNOWN_ID}", "status"),
    ],
)
async def test_required_fields_cannot_be_omitted(
    admin: httpx.AsyncClient, method: str, path: str, missing: str
) -> None:
    for content in (None, b"{}"):
        answer = await admin.request(method, path, content=content)
        assert refused(answer, 400, "VALIDATION_FAILED") == {missing: "is required"}


BAD_AMOUNTS = [
    "19.999",
    "-0.01",
    "-1",
    "1e400",
    "100000000.01",
    "1e-400",
    '"12.50"',
    "true",
    "[]",
    "{}",
    '"NaN"',
]


async def test_times_are_in_utc_with_z(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    shop.clock.advance(microseconds=123456)
    product = await new_product(admin)
    order = await buy(ada, product)
    await new_promo_code(admin, startsAt="2026-01-01T01:00:00+01:00")
    answers = [
        await admin.get(f"/api/products/{product['id']}"),
        await ada.get(f"/api/orders/{order['id']}"),
        await ada.get("/api/orders?page=1"),
        await admin.get("/api/admin/orders?page=1"),
        await admin.get("/api/admin/audit?page=1"),
        await admin.get("/api/promo-codes?page=1&limit=100"),
        await ada.get("/api/auth/me"),
    ]
    times = [time for answer in answers for time in re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', answer.text)]
    assert len(times) >= 6
    assert [
        time for time in times if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", time)
    ] == []


async def test_field_names_are_camel_case(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin)
    order = await buy(ada, product)
    answers = [
        await admin.get(f"/api/products/{product['id']}"),
        await ada.get(f"/api/orders/{order['id']}"),
        await ada.get("/api/cart"),
        await admin.get("/api/promo-codes?page=1"),
        await ada.post("/api/cart/items", json={}),
    ]
    names = {name for answer in answers for name in re.findall(r'"([A-Za-z_]+)":', answer.text)}
    assert len(names) > 40
    assert {name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*[0-9]?", name)} == set()


async def test_every_response_has_a_request_id(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    paths = ["/api/cart", "/api/nothing", "/api/users?page=1", "/api/orders", "/health/live", "/schema"]
    answers = [await ada.get(path) for path in paths]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(paths)
    assert (await ada.get("/api/cart", headers={"X-Request-Id": "mine-1"})).headers[
        "x-request-id"
    ] == "mine-1"
    replaced = (await ada.get("/api/cart", headers={"X-Request-Id": "a b\t<script>"})).headers["x-request-id"]
    assert "script" not in replaced


async def test_internal_errors_reveal_no_internals(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*arguments: object) -> None:
        raise RuntimeError("the password of the database is 1234")

    product = await new_product(admin)
    monkeypatch.setattr(shop.payments, "create_intent", fail)
    items = [{"itemId": product["id"], "quantity": 1}]
    answer = await ada.post("/api/orders", json={"items": items}, headers={"X-Request-Id": "mine-2"})
    assert refused(answer, 500, "INTERNAL_ERROR") == {"requestId": "mine-2"}
    assert "1234" not in answer.text
    assert "RuntimeError" not in answer.text
