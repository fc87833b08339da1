"""ETags, preconditions and idempotency keys."""

import httpx
import pytest

from shop.entrypoints.http.framework.conditional import content_etag, versioned_etag
from tests.unit.framework.toy import AS_ADA, AS_BOSS, error_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "known", ['"7-40"', 'W/"7-40"', '"1", "7-40"', '"1","7-40"', "*", ' "7-40" ', '"a,b", "7-40"']
)
async def test_a_matching_etag_gets_304_without_a_body(toy: httpx.AsyncClient, known: str) -> None:
    response = await toy.get("/api/gadgets/g-1", headers={"If-None-Match": known})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == '"7-40"'
    assert response.headers["cache-control"] == "no-cache"
    assert "content-length" not in response.headers
    assert "content-type" not in response.headers


@pytest.mark.parametrize("known", ['"7"', '"7-41"', "7-40", '"', '"7-40', "", "W/7-40", '"x7-40"'])
async def test_another_etag_gets_the_current_state(toy: httpx.AsyncClient, known: str) -> None:
    response = await toy.get("/api/gadgets/g-1", headers={"If-None-Match": known})
    assert response.status_code == 200
    assert response.headers["etag"] == '"7-40"'


async def test_repeated_if_none_match_headers_form_one_list(toy: httpx.AsyncClient) -> None:
    headers = [("If-None-Match", '"1"'), ("If-None-Match", '"7-40"')]
    assert (await toy.get("/api/gadgets/g-1", headers=headers)).status_code == 304


async def test_if_none_match_is_ignored_on_writes(toy: httpx.AsyncClient) -> None:
    response = await toy.patch("/api/gadgets/g-1", headers={**AS_ADA, "If-None-Match": '"8-40"'})
    assert response.status_code == 200


@pytest.mark.parametrize("expected", ['"7-40"', '"7"', '"7-39"', '"6", "7"', "*"])
async def test_a_write_with_the_expected_version_succeeds(toy: httpx.AsyncClient, expected: str) -> None:
    response = await toy.patch("/api/gadgets/g-1", headers={**AS_ADA, "If-Match": expected})
    assert response.status_code == 200
    assert response.headers["etag"] == '"8-40"'


@pytest.mark.parametrize(
    "expected", ['"6"', 'W/"7"', "7", "", '"', "nonsense", '"7x"', '"' + "7" * 5000 + '"', "é"]
)
async def test_a_write_with_another_version_is_stale(toy: httpx.AsyncClient, expected: str) -> None:
    headers = {**AS_ADA, "If-Match": expected.encode("latin-1")}
    response = await toy.patch("/api/gadgets/g-1", headers=headers)
    assert response.status_code == 412
    assert error_of(response)["code"] == "PRECONDITION_FAILED"


def test_etags_depend_on_the_bytes_of_the_body() -> None:
    assert content_etag(b"a") == content_etag(b"a") != content_etag(b"b")
    assert versioned_etag(3, b"a") == versioned_etag(3, b"a") != versioned_etag(3, b"b")
    assert versioned_etag(3, b"a").startswith("3-")


async def sell(
    toy: httpx.AsyncClient, key: str | bytes | None, body: str = '{"itemId":"a"}', **more: str
) -> httpx.Response:
    headers = {**AS_ADA, **more, **({} if key is None else {"Idempotency-Key": key})}
    return await toy.post("/api/gadgets/g-1/sell", content=body, headers=headers)  # type: ignore[arg-type]


async def test_a_request_without_a_key_is_not_replayed(toy: httpx.AsyncClient) -> None:
    response = await sell(toy, None)
    assert response.status_code == 201
    assert response.json() == {}
    assert "idempotent-replayed" not in response.headers


async def test_a_key_belongs_to_its_caller(toy: httpx.AsyncClient) -> None:
    ada, boss = await sell(toy, "k 1"), await sell(toy, "k 1", **AS_BOSS)
    assert (ada.json()["scope"], ada.json()["key"]) == ("u-ada", "k 1")
    assert boss.json()["scope"] == "u-boss"


@pytest.mark.parametrize("key", ["x", "x" * 255, "~!@#$%^&*()"])
async def test_printable_keys_are_accepted(toy: httpx.AsyncClient, key: str) -> None:
    assert (await sell(toy, key)).json()["key"] == key


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é".encode("latin-1"), b"\x7f"])
async def test_invalid_keys_are_refused(toy: httpx.AsyncClient, key: str | bytes) -> None:
    response = await sell(toy, key)
    assert response.status_code == 400
    assert error_of(response)["details"].keys() == {"Idempotency-Key"}


async def test_the_fingerprint_covers_the_whole_request(toy: httpx.AsyncClient) -> None:
    async def fingerprint(body: str, path: str = "g-1") -> str:
        headers = {**AS_ADA, "Idempotency-Key": "k"}
        response = await toy.post(f"/api/gadgets/{path}/sell", content=body, headers=headers)
        found: str = response.json()["print"]
        assert len(found) == 64
        return found

    first = await fingerprint('{"itemId":"a","quantity":2}')
    assert await fingerprint(' {"quantity": 2,\n "itemId": "\\u0061"} ') == first
    assert await fingerprint('{"itemId":"a","quantity":3}') != first
    assert await fingerprint('{"itemId":"a","quantity":2}', "g-2") != first


async def test_a_replayed_answer_says_so(toy: httpx.AsyncClient) -> None:
    response = await sell(toy, "k", '{"itemId":"again"}')
    assert response.status_code == 201
    assert response.headers["idempotent-replayed"] == "true"
