"""The contract's section on what holds everywhere: who may call, how errors look, what amounts and times are."""

import json
import re
from typing import Any

import httpx
import pytest

from shop.domain.money import Currency
from shop.entrypoints.http.framework.policies import Policy
from shop.testing import ShopHarness, shop_harness
from tests.routes import UNKNOWN_ID, Route, api_routes
from tests.unit.framework.toy import error_of
from tests.unit.shopping import (
    Number,
    buy,
    check_out,
    exact,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio

OF_USERS = [route for route in api_routes() if route.policy is Policy.USER]
OF_ADMINS = [route for route in api_routes() if not isinstance(route.policy, Policy)]
OF_ANYONE = [route for route in api_routes() if route.policy in (Policy.PUBLIC, Policy.OPTIONAL)]
WITH_BODY = [route for route in api_routes() if route.takes_body]
NONSENSE = b'{"nonsense'


UNUSABLE_TOKENS = [None, "", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer é", "token"]


async def without_access(shop: ShopHarness, route: Route, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    answer = await shop.client.request(route.method, route.path, content=NONSENSE, headers=headers)
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("route", OF_USERS + OF_ADMINS, ids=str)
async def test_unauthenticated_requests_get_401(shop: ShopHarness, route: Route) -> None:
    await without_access(shop, route, None)
    await without_access(shop, route, "Bearer a.b.c")


@pytest.mark.parametrize("authorization", UNUSABLE_TOKENS)
async def test_every_unusable_token_gets_401(shop: ShopHarness, authorization: str | None) -> None:
    """Once per kind of token: the check is the same function for every route."""
    await without_access(shop, OF_USERS[0], authorization)
    await without_access(shop, OF_ADMINS[0], authorization)


@pytest.mark.parametrize("route", OF_ADMINS, ids=str)
async def test_what_admins_do_is_forbidden_to_customers(
    shop: ShopHarness, ada: httpx.AsyncClient, route: Route
) -> None:
    answer = await ada.request(route.method, route.path, content=NONSENSE)
    refused(answer, 403, "FORBIDDEN")
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("route", OF_ANYONE, ids=str)
async def test_what_anyone_may_do_needs_no_token(shop: ShopHarness, route: Route) -> None:
    """Whatever else is wrong with an empty request."""
    answer = await shop.client.request(route.method, route.path)
    assert answer.status_code in (200, 201, 202, 400, 404)
    if answer.status_code == 400:
        assert error_of(answer)["code"] in ("VALIDATION_FAILED", "MALFORMED_JSON")


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/metrics", "/schema", "/schema/openapi.json"]
)
async def test_what_machines_ask_needs_no_token(shop: ShopHarness, path: str) -> None:
    assert (await shop.client.get(path)).status_code == 200


def test_routes_of_every_policy_are_found() -> None:
    assert min(len(OF_USERS), len(OF_ADMINS), len(OF_ANYONE), len(WITH_BODY)) > 5


async def test_an_expired_token_is_none(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    shop.clock.advance(minutes=59, seconds=59)
    assert (await ada.get("/api/cart")).status_code == 200
    shop.clock.advance(seconds=1)
    answer = await ada.get("/api/cart")
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_token_is_none(ada: httpx.AsyncClient) -> None:
    assert (await ada.post("/api/auth/logout")).json() == {"ok": True}
    answer = await ada.get("/api/cart")
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_with_another_signature_is_none(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    header, claims, signature = ada.headers["authorization"].split(".")
    for forged in (f"{header}.{claims}.", f"{header}.{claims}.{signature[::-1]}", f"{header}..{signature}"):
        answer = await shop.client.get("/api/cart", headers={"Authorization": forged})
        refused(answer, 401, "UNAUTHENTICATED")


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
async def test_errors_of_the_framework_have_the_shape(
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
async def test_what_is_no_json_is_malformed(admin: httpx.AsyncClient, route: Route) -> None:
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
async def test_lone_surrogates_are_no_text(admin: httpx.AsyncClient, route: Route) -> None:
    for body in (
        b'{"name\\u0000": 1}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\udc00\\ud800"}',
    ):
        assert (await admin.request(route.method, route.path, content=body)).status_code == 400


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
async def test_what_is_required_can_not_be_left_out(
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


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
@pytest.mark.parametrize("field", ["price", "compareAtPrice"])
async def test_bad_amounts_are_no_prices(admin: httpx.AsyncClient, field: str, amount: str) -> None:
    product = await new_product(admin)
    address = f"/api/products/{product['id']}"
    others = {"name": "Mug"} if field == "price" else {"name": "Mug", "price": 1}
    body = json.dumps(others)[:-1] + f', "{field}": {amount}}}'
    for method, path in (("POST", "/api/products"), ("PUT", address), ("PATCH", address)):
        details = refused(await admin.request(method, path, content=body), 400, "VALIDATION_FAILED")
        assert details.keys() == {field}
    assert (await admin.get(address)).json() == product


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "0x10", "1.", ".5", "01", "1_000"])
async def test_what_json_does_not_know_is_no_number(admin: httpx.AsyncClient, amount: str) -> None:
    body = f'{{"name": "Mug", "price": {amount}}}'
    refused(await admin.post("/api/products", content=body), 400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    ("amount", "digits"),
    [
        ("0", "0.00"),
        ("0.01", "0.01"),
        ("25.9", "25.90"),
        ("25.990", "25.99"),
        ("1e2", "100.00"),
        ("0.1", "0.10"),
        ("100000000", "100000000.00"),
        ("99999999.99", "99999999.99"),
        ("4503599.63", "4503599.63"),
        ("-0", "0.00"),
    ],
)
async def test_amounts_are_exact(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, amount: str, digits: str
) -> None:
    made = await admin.post("/api/products", content=f'{{"name": "Mug", "price": {amount}, "stock": 1}}')
    assert made.status_code == 201
    assert exact(made)["price"] == Number(digits)
    await put_into_cart(ada, made.json())
    cart = exact(await ada.get("/api/cart"))
    assert cart["items"][0]["unitPrice"] == cart["items"][0]["lineTotal"] == cart["total"] == Number(digits)


@pytest.mark.parametrize("currency", ["EUR", "usd", "", "DOLLAR", 1, True])
async def test_a_shop_sells_in_one_currency(admin: httpx.AsyncClient, currency: Any) -> None:
    body = {"name": "Mug", "price": 1, "currency": currency}
    assert "currency" in refused(await admin.post("/api/products", json=body), 400, "VALIDATION_FAILED")
    assert (await admin.post("/api/products", json={**body, "currency": "USD"})).status_code == 201


@pytest.mark.parametrize(
    ("currency", "price", "finer", "total"), [("JPY", 500, 500.5, 1350), ("KWD", 1.23, 1.2305, 3.32)]
)
async def test_amounts_have_the_decimals_of_the_currency(
    currency: str, price: float, finer: float, total: float
) -> None:
    async with shop_harness(currency=Currency(currency)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        refused(
            await owner.post("/api/products", json={"name": "Mug", "price": finer}), 400, "VALIDATION_FAILED"
        )
        product = await new_product(owner, price=price)
        await put_into_cart(ada, product, 3)
        order = await check_out(ada, promoCode=await new_promo_code(owner, 10), expectedTotal=total)
        assert (order["currency"], order["total"]) == (currency, total)
        shown = exact(await ada.get(f"/api/orders/{order['id']}"))
        assert shown["items"][0]["unitPrice"] == (500 if currency == "JPY" else Number("1.230"))
        assert shown["refundedTotal"] == (0 if currency == "JPY" else Number("0.000"))


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
async def test_in_a_currency_with_payable_steps_every_total_can_be_paid(currency: str) -> None:
    async with shop_harness(currency=Currency(currency)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        finer = {"name": "Mug", "price": 1.995}
        details = refused(await owner.post("/api/products", json=finer), 400, "VALIDATION_FAILED")
        assert details == {"price": "must be a multiple of 0.010"}
        product = await new_product(owner, price=1.99, compareAtPrice=2.995)
        path = f"/api/products/{product['id']}"
        refused(await owner.patch(path, json={"price": 1.995}), 400, "VALIDATION_FAILED")
        refused(await owner.put(path, json={**finer, "name": "Mug"}), 400, "VALIDATION_FAILED")
        fixed = {"code": "FINER", "type": "fixed", "value": 0.005}
        details = refused(await owner.post("/api/promo-codes", json=fixed), 400, "VALIDATION_FAILED")
        assert details == {"value": "must be a multiple of 0.010"}
        await put_into_cart(ada, product, 3)
        order = await check_out(ada, promoCode=await new_promo_code(owner, 15))
        assert (order["discount"], order["total"]) == (0.9, 5.07)


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


async def test_names_are_in_camel_case(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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


async def test_every_answer_has_a_request_id(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    paths = ["/api/cart", "/api/nothing", "/api/users?page=1", "/api/orders", "/health/live", "/schema"]
    answers = [await ada.get(path) for path in paths]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == len(paths)
    assert (await ada.get("/api/cart", headers={"X-Request-Id": "mine-1"})).headers[
        "x-request-id"
    ] == "mine-1"
    insane = (await ada.get("/api/cart", headers={"X-Request-Id": "a b\t<script>"})).headers["x-request-id"]
    assert "script" not in insane


async def test_a_failure_of_ours_tells_nothing_of_the_inside(
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
