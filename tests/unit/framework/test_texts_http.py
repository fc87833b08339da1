"""Texts are normalized on input: composed, trimmed, and without control characters."""

import json
import unicodedata
from typing import Any
from urllib.parse import parse_qsl, quote

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.application.accounts.logging_in import Credentials
from shop.application.accounts.own_account import PasswordChange
from shop.application.framework.inputs import Verbatim
from shop.domain.text import tidy
from shop.entrypoints.http.framework.decoding import _verbatim_fields, tidied_body, tidied_scope
from shop.testing import PASSWORD, ShopHarness
from tests.unit.shopping import (
    a_name,
    buy,
    check_out,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio

NFC = "Caf\N{LATIN SMALL LETTER E WITH ACUTE}"
NFD = "Cafe\N{COMBINING ACUTE ACCENT}"
PASTED = ["{} ", " {}", "\t{}\n", "\N{NO-BREAK SPACE}{}\N{IDEOGRAPHIC SPACE}"]


async def test_a_sku_is_taken_in_every_unicode_composition(admin: httpx.AsyncClient) -> None:
    assert (await new_product(admin, sku=f" {NFD}"))["sku"] == NFC
    answer = await admin.post("/api/products", json={"name": "Mug", "price": 1, "sku": NFC})
    refused(answer, 409, "SKU_TAKEN")


async def test_a_category_is_the_same_in_every_unicode_composition(admin: httpx.AsyncClient) -> None:
    for category in (NFC, NFD, f"{NFD}\N{NO-BREAK SPACE}"):
        assert (await new_product(admin, category=category))["category"] == NFC
    for wanted in (NFC, NFD, f" {NFC} "):
        found = await admin.get("/api/products", params={"page": 1, "category": wanted})
        assert found.json()["total"] == 3
        raw = await admin.get(f"/api/products?page=1&category={quote(wanted)}&q=%20")
        assert raw.json()["total"] == 3


@pytest.mark.parametrize("pasted", PASTED)
async def test_white_space_around_a_promo_code_is_dropped(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, pasted: str
) -> None:
    code, product = await new_promo_code(admin, code=pasted.format(a_name("SAVE"))), await new_product(admin)
    assert code == code.strip()
    await put_into_cart(ada, product)
    applied = await ada.put("/api/cart/promo-code", json={"promoCode": pasted.format(code)})
    assert applied.json()["promoCode"] == code
    assert (await check_out(ada, promoCode=pasted.format(code)))["promoCode"] == code
    assert (await buy(ada, product, promoCode=pasted.format(code)))["promoCode"] == code
    path = f"/api/promo-codes/{quote(pasted.format(code))}"
    assert (await ada.get(path)).json()["code"] == code
    assert (await admin.patch(path, json={})).json()["code"] == code
    assert (await admin.delete(path)).status_code == 200


@pytest.mark.parametrize("pasted", PASTED)
async def test_white_space_around_a_login_name_is_dropped_and_does_not_count_as_a_failed_login(
    shop: ShopHarness, pasted: str
) -> None:
    name = a_name("Ada")
    account = {
        "username": pasted.format(name),
        "password": PASSWORD,
        "email": pasted.format(f"{name}@example.com"),
    }
    signed_up = await shop.client.post("/api/auth/signup", json=account)
    assert signed_up.json()["user"]["username"] == name
    for login in (name, f"{name}@example.com"):
        for _ in range(7):  # more logins than may fail
            credentials = {"username": pasted.format(login), "password": PASSWORD}
            answer = await shop.client.post("/api/auth/login", json=credentials)
            assert answer.status_code == 200
    refresh = {"refreshToken": pasted.format(answer.json()["refreshToken"])}
    refreshed = await shop.client.post("/api/auth/refresh", json=refresh)
    assert refreshed.status_code == 200
    bearer = {"Authorization": f"Bearer  {refreshed.json()['accessToken']}\t"}
    assert (await shop.client.get("/api/auth/me", headers=bearer)).json()["username"] == name


async def test_white_space_around_names_in_paths_and_queries_is_dropped(
    admin: httpx.AsyncClient, shop: ShopHarness
) -> None:
    name, product = a_name("Ada"), await new_product(admin, name="Paperweight")
    order = await buy(await shop.customer(name), product)
    for pasted in PASTED:
        assert (await admin.get(f"/api/users/{quote(pasted.format(name))}")).json()["username"] == name
        found = await admin.get("/api/users", params={"page": 1, "search": pasted.format(name)})
        assert found.json()["total"] == 1
        orders = await admin.get("/api/admin/orders", params={"page": 1, "username": pasted.format(name)})
        assert orders.json()["items"][0]["id"] == order["id"]
        shown = await admin.get(f"/api/products/{quote(pasted.format(product['id']))}")
        assert shown.json()["id"] == product["id"]
        found = await admin.get("/api/products/search", params={"page": 1, "q": pasted.format("paperweigh")})
        assert found.json()["total"] == 1


async def test_passwords_keep_spaces_but_are_normalized(shop: ShopHarness) -> None:
    name, password = a_name("Ada"), f" {NFD} horse battery "
    await shop.client.post("/api/auth/signup", json={"username": name, "password": password})
    for tried, status in ((password, 200), (f" {NFC} horse battery ", 200), (password.strip(), 401)):
        answer = await shop.client.post("/api/auth/login", json={"username": name, "password": tried})
        assert answer.status_code == status


@pytest.mark.parametrize("control", ["\x00", "\x07", "\n", "\t", "\x1b", "\x7f", "\x85", "\x9f"])
async def test_control_characters_are_refused_in_identifiers_and_addresses(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, shop: ShopHarness, control: str
) -> None:
    broken = f"a{control}b"
    cases: list[tuple[httpx.AsyncClient, str, str, dict[str, Any], str]] = [
        (admin, "POST", "/api/products", {"name": "Mug", "price": 1, "sku": broken}, "sku"),
        (admin, "POST", "/api/promo-codes", {"code": f"{broken}c", "type": "percent", "value": 1}, "code"),
        (
            shop.client,
            "POST",
            "/api/auth/signup",
            {"username": f"{broken}c", "password": PASSWORD},
            "username",
        ),
        (ada, "PUT", "/api/users/me", {"profile": {"email": f"{broken}@example.com"}}, "profile.email"),
        (
            ada,
            "POST",
            "/api/orders",
            {"items": [{"itemId": "x", "quantity": 1}], "contact": {"email": f"{broken}@example.com"}},
            "contact.email",
        ),
    ]
    for client, method, path, body, field in cases:
        answer = await client.request(method, path, json=body)
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {field}


@pytest.mark.parametrize("control", ["\x00", "\x07", "\n", "\t", "\x1b", "\x7f", "\x85", "\x9f"])
async def test_control_characters_are_removed_from_other_lines(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, control: str
) -> None:
    product = await new_product(admin, name=f"{control}Blue{control} Mug", category=f"Ki{control}tchen")
    assert (product["name"], product["category"]) == ("Blue Mug", "Kitchen")
    profile = await ada.put("/api/users/me", json={"profile": {"displayName": f"Ada{control} King"}})
    assert profile.json()["profile"]["displayName"] == "Ada King"
    order = await buy(
        ada,
        product,
        contact={"name": f"Ada{control}", "phone": f"{control}1"},
        shippingAddress={"line1": f"1{control} Road", "line2": control, "city": f" {NFD}"},
    )
    assert order["contact"] == {"name": "Ada", "email": None, "phone": "1", "vatId": None}
    address = order["shippingAddress"]
    assert (address["line1"], address["line2"], address["city"]) == ("1 Road", None, NFC)


async def test_longer_texts_keep_their_lines(admin: httpx.AsyncClient) -> None:
    product = await new_product(admin, description=" One\x00\r\n\ttwo\x1b \n")
    assert product["description"] == "One\r\n\ttwo"


@pytest.mark.parametrize(
    "nothing", ["", " ", "\u200b", "\ufeff", "\u00ad", "\u2060\u200e", "\u3164", "\u2800", "\ufe0f", "\x07\n"]
)
async def test_names_without_visible_characters_are_blank(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, nothing: str
) -> None:
    answer = await admin.post("/api/products", json={"name": nothing, "price": 1})
    assert refused(answer, 400, "VALIDATION_FAILED") == {"name": "must not be blank"}
    answer = await ada.put("/api/users/me", json={"profile": {"displayName": nothing}})
    assert refused(answer, 400, "VALIDATION_FAILED") == {"profile.displayName": "must not be blank"}
    assert (await new_product(admin, category=nothing))["category"] is None


class Inner(msgspec.Struct, rename="camel"):
    pass_phrase: Verbatim | None = None
    others: dict[str, list["Inner"]] = msgspec.field(default_factory=dict)


class Outer(msgspec.Struct, rename="camel"):
    plain: str
    inner: list[Inner]


def test_verbatim_fields_are_found_however_deep() -> None:
    assert _verbatim_fields(Outer) == {"passPhrase"}
    assert _verbatim_fields(Credentials) == {"password"}
    assert _verbatim_fields(PasswordChange) == {"currentPassword", "newPassword"}
    assert _verbatim_fields(Any) == frozenset()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_every_text_of_a_body_is_tidied(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert json.loads(tidied_body(body, Any)) == expected(value)


def expected(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, list):
        return [expected(item) for item in value]
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", name): expected(item) for name, item in value.items()}
    return value


@given(st.binary(max_size=80) | st.text(alphabet=' "\\:,{}[]ab\tcé', max_size=30).map(str.encode))
def test_invalid_json_is_not_tidied(body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError:
        assert tidied_body(body, Any) == body


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("1.10", "1.10"),
        ("1e5", "1E+5"),
        ("123456789012345678901234567890", None),
        ("-0.0", None),
        ("1E400", "1E+400"),
    ],
)
def test_numbers_keep_their_digits(number: str, kept: str | None) -> None:
    assert (
        tidied_body(f'{{"a": " b", "n": {number}}}'.encode(), Any)
        == f'{{"a":"b","n":{kept or number}}}'.encode()
    )


def test_tidy_bodies_are_passed_on_unparsed() -> None:
    for body in (b'{"a": "b c", "n": [1.0, ""], "d": {"e": "f:g,h"}}', b"{}", b"[]", b"", b'{\n "a": "b"\n}'):
        assert tidied_body(body, Any) is body
    long = b'{"a": "' + b"x " * 500_000 + b'x"}'
    assert tidied_body(long, Any) is long


@given(st.lists(st.tuples(st.text(alphabet="abcé", min_size=1), st.text())))
def test_every_parameter_of_a_query_is_tidied(parameters: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in parameters).encode()
    scope: Any = {"path": "/", "query_string": query}
    tidied = parse_qsl(tidied_scope(scope)["query_string"].decode(), keep_blank_values=True)
    sent = parse_qsl(query.decode(), keep_blank_values=True)
    assert tidied == [(name, tidy(value)) for name, value in sent]


@pytest.mark.parametrize("path", ["/metrics ", "/metrics\t", "/ metrics", "//metrics\xa0", "/metrics /x"])
def test_the_first_path_segment_is_not_tidied(path: str) -> None:
    scope: Any = {"path": path, "query_string": b""}
    assert tidied_scope(scope)["path"] == path


def test_later_path_segments_are_tidied() -> None:
    scope: Any = {"path": "/api/promo-codes/ SAVE10 ", "query_string": b""}
    assert tidied_scope(scope)["path"] == "/api/promo-codes/SAVE10"
