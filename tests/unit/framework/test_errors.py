"""Every error has the same shape and reveals no internals."""

import httpx
import pytest
from litestar import Response, get
from litestar.controller import Controller

from shop.domain.errors import Kind
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.problems import STATUS_OF_KIND
from tests.unit.framework.toy import client_of, error_of, toy_app

pytestmark = pytest.mark.anyio


def test_every_kind_has_a_status() -> None:
    assert STATUS_OF_KIND.keys() == set(Kind)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "NOT_FOUND"),
        ("/api/gadgets/g-2", 404, "NOT_FOUND"),
        ("/api/gadgets/" + "9" * 5000, 404, "NOT_FOUND"),
        ("/api/gadgets/%ff%fe", 404, "NOT_FOUND"),
        ("/api/gadgets/%zz", 404, "NOT_FOUND"),
        ("/api/gadgets/%00", 404, "NOT_FOUND"),
        ("/api/gadgets/%ED%A0%80", 404, "NOT_FOUND"),
        ("/api/gadgets/a%2Fb", 404, "NOT_FOUND"),
        ("/api/gadgets/%F0%9F%98%80", 404, "NOT_FOUND"),
        ("/schema/nowhere", 404, "NOT_FOUND"),
        ("/schema/nowhere.json", 404, "NOT_FOUND"),
        ("/api/trouble/conflict", 409, "BOOM"),
        ("/api/trouble/throttled", 429, "TOO_MANY_REQUESTS"),
        ("/api/trouble/down", 503, "UNAVAILABLE"),
        ("/api/trouble/bug", 500, "INTERNAL_ERROR"),
    ],
)
async def test_all_errors_have_the_same_shape(
    toy: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    response = await toy.get(path)
    assert response.status_code == status
    assert error_of(response)["code"] == code
    assert response.headers["cache-control"] == "no-store"


async def test_a_405_response_lists_the_allowed_methods(toy: httpx.AsyncClient) -> None:
    response = await toy.delete("/api/gadgets")
    assert response.status_code == 405
    assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["BREW", "TRACE"])
async def test_an_unknown_method_gets_405(toy: httpx.AsyncClient, method: str) -> None:
    response = await toy.request(method, "/api/trouble/where")
    assert response.status_code == 405


async def test_options_lists_the_allowed_methods(toy: httpx.AsyncClient) -> None:
    response = await toy.options("/api/gadgets")
    assert response.status_code == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert response.content == b""


async def test_head_is_get_without_the_body(toy: httpx.AsyncClient) -> None:
    get_response, head_response = await toy.get("/api/gadgets/g-1"), await toy.head("/api/gadgets/g-1")
    assert head_response.status_code == 200
    assert head_response.content == b""
    same = {"content-type", "content-length", "etag", "cache-control"}
    assert {name: head_response.headers[name] for name in same} == {
        name: get_response.headers[name] for name in same
    }
    assert (await toy.head("/api/gadgets/g-2")).status_code == 404


async def test_an_internal_error_shows_only_its_request_id(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/api/trouble/bug")
    assert error_of(response)["details"] == {"requestId": response.headers["x-request-id"]}
    assert "secret" not in response.text
    assert "Zero" not in response.text


async def test_unavailable_responses_have_retry_after(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/api/trouble/down")
    assert response.headers["retry-after"] == "1"
    assert error_of(response)["details"] == {"requestId": response.headers["x-request-id"]}
    assert (await toy.get("/api/trouble/throttled")).headers["retry-after"] == "30"
    assert (await toy.get("/api/trouble/still-running")).headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("", {"page": "is required"}),
        ("page=", {"page": "must be an integer"}),
        ("page=0", {"page": "must be at least 1"}),
        ("page=1000001", {"page": "must be at most 1000000"}),
        ("page=-1", {"page": "must be at least 1"}),
        ("page=" + "9" * 5000, {"page": "is out of range"}),
        ("page=1&limit=101", {"limit": "must be at most 100"}),
        ("page=1&limit=0", {"limit": "must be at least 1"}),
        ("page=1&minPrice=cheap", {"minPrice": "must be a number"}),
        ("page=1&inStock=maybe", {"inStock": "must be true or false"}),
        ("page=x&limit=y", {"page": "must be an integer", "limit": "must be an integer"}),
        ("page=1&q=a%00b", {"q": "must not contain NUL characters"}),
        ("page=1&unknown%00=1", {"unknown\\u0000": "must not contain NUL characters"}),
    ],
)
async def test_parameters_are_named_as_on_the_wire(
    toy: httpx.AsyncClient, query: str, details: dict[str, str]
) -> None:
    response = await toy.get(f"/api/gadgets?{query}")
    assert response.status_code == 400
    error = error_of(response)
    assert error["code"] == "VALIDATION_FAILED"
    assert error["details"] == details


@pytest.mark.parametrize(
    "query", ["page=1", "page=1000000&limit=100", "page=1&q=%ff%fe%zz", "page=1&q=%ED%A0%80"]
)
async def test_parameters_within_their_bounds_are_accepted(toy: httpx.AsyncClient, query: str) -> None:
    response = await toy.get(f"/api/gadgets?{query}")
    assert response.status_code == 200
    assert response.json()["limit"] == (100 if "limit" in query else 20)


async def test_a_malformed_host_header_gets_400(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/api/trouble/where", headers={"Host": "bad host"})
    assert response.status_code == 400
    assert error_of(response)["code"] == "BAD_REQUEST"


async def test_a_disconnect_in_the_middle_of_the_body_is_not_a_server_error() -> None:
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/api/gadgets/g-1",
        "query_string": b"",
        "headers": [(b"content-length", b"10")],
        "client": None,
    }
    await toy_app()(scope, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


async def test_a_failure_of_the_framework_itself_has_the_error_shape() -> None:
    app = toy_app()

    async def broken(*_: object) -> None:
        raise RuntimeError("secret of the inside")

    app.asgi_handler._app = broken
    async with client_of(app) as client:
        response = await client.get("/api/trouble/where")
    assert response.status_code == 500
    assert error_of(response)["details"] == {"requestId": response.headers["x-request-id"]}


async def test_no_error_body_is_appended_to_an_interrupted_response() -> None:
    class Halves(Controller):
        path = "/halves"

        @get(policy=Policy.PUBLIC)
        async def half(self) -> Response[str]:
            return HalfResponse("")

    transport = httpx.ASGITransport(toy_app(controllers=[Halves]))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        with pytest.raises(Exception, match="after response started"):
            await client.get("/halves")


class HalfResponse(Response[str]):
    def to_asgi_response(self, app: object, request: object, **_: object) -> object:  # type: ignore[override]
        async def answer(scope: object, receive: object, send: object) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
            raise RuntimeError("out of bytes")

        return answer
