"""JSON bodies: decoded strictly, exactly, and never into a 500."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.application.framework.inputs import MajorUnits
from shop.application.framework.views import Page, encode
from shop.domain.errors import ValidationFailed
from shop.domain.text import tidy
from shop.entrypoints.http.framework.decoding import MalformedJSON, decode
from tests.unit.framework.toy import AS_ADA, AS_BOSS, GadgetInput, Line, error_of

pytestmark = pytest.mark.anyio


async def put(toy: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    return await toy.put("/api/gadgets/g-1", content=body, headers=headers)


async def refused_field(toy: httpx.AsyncClient, body: bytes | str) -> tuple[str, str]:
    response = await put(toy, body)
    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "VALIDATION_FAILED"
    [(field, reason)] = error["details"].items()
    assert reason in error["message"]
    return field, reason


@pytest.mark.parametrize("digits", ["25.99", "25.90", "0.1", "100000000000000000000.01", "7", "1e2", "0"])
async def test_money_keeps_every_digit(toy: httpx.AsyncClient, digits: str) -> None:
    response = await put(toy, f'{{"name": "mug", "price": {digits}}}')
    assert response.status_code == 200
    price = json.loads(response.text, parse_float=str, parse_int=str)["price"]
    assert Decimal(price) == Decimal(digits)


@pytest.mark.parametrize("price", ['"2.50"', "true", "null", "[]", "{}", '"NaN"'])
async def test_non_numeric_money_is_refused(toy: httpx.AsyncClient, price: str) -> None:
    assert await refused_field(toy, f'{{"name": "mug", "price": {price}}}') == ("price", "must be a number")


async def test_money_beyond_decimals_is_refused(toy: httpx.AsyncClient) -> None:
    field, reason = await refused_field(toy, '{"name": "mug", "price": 1e99999999999999999999}')
    assert (field, reason) == ("price", "is out of range")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ('{"price": 1}', "name", "is required"),
        ('{"name": "mug", "price": 1, "colour": "blue"}', "colour", "is not a field of this request"),
        ('{"name": "mug", "price": 1, "lines": [{}]}', "lines[0].itemId", "is required"),
        (
            '{"name": "mug", "price": 1, "lines": [{"itemId": "a"}, {"itemId": "b", "quantity": 0}]}',
            "lines[1].quantity",
            "must be at least 1",
        ),
        (
            '{"name": "mug", "price": 1, "lines": [{"itemId": "a", "size": 1}]}',
            "lines[0].size",
            "is not a field of this request",
        ),
        (
            '{"name": "mug", "price": 1, "lines": [{"itemId": 7}]}',
            "lines[0].itemId",
            "must be a string",
        ),
        ('{"name": 5, "price": 1}', "name", "must be a string"),
        ("[]", "body", "must be an object"),
        ("null", "body", "must be an object"),
        ('"text"', "body", "must be an object"),
    ],
)
async def test_errors_use_the_wire_names_of_fields(
    toy: httpx.AsyncClient, body: str, field: str, reason: str
) -> None:
    assert await refused_field(toy, body) == (field, reason)


@pytest.mark.parametrize(
    "quantity", ['"2"', "2.5", "2.0000000000000000000000000000001", "true", "9" * 5000, "1e400"]
)
async def test_values_other_than_integers_are_refused(toy: httpx.AsyncClient, quantity: str) -> None:
    body = f'{{"name": "mug", "price": 1, "lines": [{{"itemId": "a", "quantity": {quantity}}}]}}'
    field, reason = await refused_field(toy, body)
    assert field == "lines[0].quantity"
    assert reason in {"must be an integer", "must be at most 999", "is out of range"}


@pytest.mark.parametrize(
    "quantity", ["2.0", "2e0", "0.2e1", "200e-2", "2.000000000000000000000000000000000000000"]
)
async def test_a_number_without_a_fraction_is_an_integer(quantity: str) -> None:
    body = f'{{"name": "mug", "price": 1.50, "lines": [{{"itemId": "a", "quantity": {quantity}}}]}}'
    assert decode(body.encode(), GadgetInput).lines == [Line("a", 2)]


async def test_a_number_without_a_fraction_is_checked_like_an_integer(toy: httpx.AsyncClient) -> None:
    body = '{"name": "mug", "price": 1, "lines": [{"itemId": "a", "quantity": 1e3}]}'
    assert await refused_field(toy, body) == ("lines[0].quantity", "must be at most 999")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b" ",
        b'{"name": }',
        b'{"name": "mug", "price": 1} trailing',
        b'{"name": "mug", "price": NaN}',
        b'{"name": "\xff\xfe", "price": 1}',
        b'{"name": "\xed\xa0\x80", "price": 1}',
        b'{"name": "\\ud800", "price": 1}',
        b'{"name": "\\udc00\\ud800", "price": 1}',
        b'{"\xff": 1}',
        '{"name": "mug"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"name": "mug", "price": 1, "createdAt": ' + b"[" * 100_000 + b"}",
        b'{"name": "mug", "price": 1, "createdAt": ' + b'{"a":' * 100_000 + b"}",
    ],
)
async def test_invalid_json_is_reported_as_malformed(toy: httpx.AsyncClient, body: bytes) -> None:
    response = await put(toy, body)
    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "MALFORMED_JSON"
    assert error["details"]["body"]


async def test_an_escaped_backslash_before_u0000_is_not_a_nul_character(toy: httpx.AsyncClient) -> None:
    response = await put(toy, '{"name": "a\\\\u0000", "price": 1}')
    assert response.status_code == 200
    assert "a\\\\u0000" in response.text


async def test_read_only_fields_may_be_sent_and_are_ignored(toy: httpx.AsyncClient) -> None:
    assert (await put(toy, '{"name": "mug", "price": 1, "createdAt": "yesterday"}')).status_code == 200


async def test_the_last_of_duplicate_keys_wins(toy: httpx.AsyncClient) -> None:
    assert "second" in (await put(toy, '{"name": "first", "price": 1, "name": "second"}')).text


async def test_a_body_of_optional_fields_may_be_left_out(toy: httpx.AsyncClient) -> None:
    response = await toy.patch("/api/gadgets/g-1", headers=AS_ADA)
    assert response.status_code == 200
    assert "UNSET" in response.text


async def test_an_omitted_body_names_the_missing_fields(toy: httpx.AsyncClient) -> None:
    response = await toy.post("/api/gadgets", headers=AS_BOSS)
    assert response.status_code == 400
    assert error_of(response)["details"] == {"name": "is required"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=UTF-8",
        "Application/JSON",
        "application/merge-patch+json",
    ],
)
async def test_json_is_accepted_under_each_of_its_media_types(
    toy: httpx.AsyncClient, content_type: str
) -> None:
    response = await put(toy, '{"name": "mug", "price": 1}', **{"Content-Type": content_type})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "nonsense"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_bodies_that_are_not_plain_utf_8_json_are_unsupported(
    toy: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await put(toy, '{"name": "mug", "price": 1}', **headers)
    assert response.status_code == 415
    assert error_of(response)["code"] == "UNSUPPORTED_MEDIA_TYPE"


async def test_the_content_type_of_an_empty_body_is_ignored(toy: httpx.AsyncClient) -> None:
    response = await toy.patch("/api/gadgets/g-1", headers={**AS_ADA, "Content-Type": "text/plain"})
    assert response.status_code == 200


async def test_a_body_without_a_content_type_is_json(toy: httpx.AsyncClient) -> None:
    request = toy.build_request("PUT", "/api/gadgets/g-1", content='{"name": "mug", "price": 1}')
    assert "content-type" not in request.headers
    assert (await toy.send(request)).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_past_one_mebibyte_is_too_large(toy: httpx.AsyncClient, announced: bool) -> None:
    body = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'

    async def chunks() -> Any:
        yield body[:1000]
        yield body[1000:]

    response = await toy.put("/api/gadgets/g-1", content=body if announced else chunks())
    assert response.status_code == 413
    assert error_of(response)["code"] == "PAYLOAD_TOO_LARGE"


@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda text: json.dumps({"name": text, "price": 1}).encode())
)
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    try:
        gadget = decode(body, GadgetInput)
    except (MalformedJSON, ValidationFailed):
        return
    assert gadget.name == tidy(gadget.name)
    gadget.name.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_decoded_or_refused(value: object) -> None:
    with suppress(MalformedJSON, ValidationFailed):
        assert isinstance(decode(json.dumps(value).encode(), Line), Line)


def test_an_amount_keeps_the_decimal_of_the_json() -> None:
    amount = MajorUnits.from_json(Decimal("1.10"))
    assert isinstance(amount, MajorUnits)
    assert str(amount) == "1.10"
    with pytest.raises(ValueError, match="number"):
        MajorUnits.from_json(1.1)
    with pytest.raises(ValueError, match="number"):
        MajorUnits.from_json(True)


def test_views_are_encoded_with_exact_numbers_and_utc_times() -> None:
    page = Page(
        page=1, limit=20, total=1, items=[{"price": Decimal("2.50"), "big": Decimal(10**10).scaleb(-2)}]
    )
    assert encode(page) == b'{"page":1,"limit":20,"total":1,"items":[{"price":2.50,"big":100000000.00}]}'
    assert msgspec.json.decode(encode({"a": "é"})) == {"a": "é"}
