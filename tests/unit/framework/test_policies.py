"""Who may call what, declared by every route and checked before anything else."""

import httpx
import pytest
from litestar import Response, asgi, get
from litestar.controller import Controller
from litestar.exceptions import ImproperlyConfiguredException

from shop.application.framework.views import encode
from shop.domain.accounts.permissions import Permission
from shop.entrypoints.http.framework.responses import BytesResponse
from tests.unit.framework.toy import AS_ADA, AS_BOSS, error_of, toy_app

pytestmark = pytest.mark.anyio

BROKEN = [
    {"Authorization": "Bearer nonsense"},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic dTpw"},
    {"Authorization": ""},
    {"Authorization": "Bearer token-of-ada token-of-boss"},
    {"Authorization": b"Bearer \xff\xfe"},
]


@pytest.mark.parametrize("headers", BROKEN)
async def test_a_public_route_does_not_look_at_tokens(
    toy: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await toy.get("/api/gadgets?page=1", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/api/gadgets/g-1"])
@pytest.mark.parametrize("headers", BROKEN)
async def test_an_invalid_optional_token_is_ignored(
    toy: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    response = await toy.get(path, headers=headers)
    assert (response.status_code, response.json()["name"]) == (200, "nobody")


async def test_an_optional_token_identifies_the_user(toy: httpx.AsyncClient) -> None:
    assert (await toy.get("/api/gadgets/g-1")).json()["name"] == "nobody"
    assert (await toy.get("/api/gadgets/g-1", headers=AS_ADA)).json()["name"] == "ada"
    lower = {"authorization": "bearer token-of-ada"}
    assert (await toy.get("/api/gadgets/g-1", headers=lower)).json()["name"] == "ada"


@pytest.mark.parametrize("headers", [{}, *BROKEN])
async def test_a_users_route_requires_a_token_before_it_reads_the_body(
    toy: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await toy.patch("/api/gadgets/g-1", content=b"{broken", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert error_of(response)["code"] == "UNAUTHENTICATED"


async def test_an_admins_route_requires_an_admin_before_it_reads_the_body(toy: httpx.AsyncClient) -> None:
    assert (await toy.post("/api/gadgets", content=b"{broken")).status_code == 401
    response = await toy.post("/api/gadgets", content=b"{broken", headers=AS_ADA)
    assert response.status_code == 403
    assert error_of(response)["code"] == "FORBIDDEN"
    assert (await toy.post("/api/gadgets", content=b"{broken", headers=AS_BOSS)).status_code == 400


async def test_the_principal_reaches_the_handler(toy: httpx.AsyncClient) -> None:
    response = await toy.patch("/api/gadgets/g-9", json={"name": "new"}, headers=AS_ADA)
    assert response.json()["name"] == "ada g-9 new"


def test_an_app_with_a_route_without_a_policy_does_not_start() -> None:
    class Careless(Controller):
        path = "/careless"

        @get()
        async def show(self) -> Response[str]:
            return BytesResponse(encode(""))

    with pytest.raises(ImproperlyConfiguredException, match=r"/careless .* declares no policy"):
        toy_app(controllers=[Careless])


def test_an_app_with_a_route_that_bypasses_the_policy_check_does_not_start() -> None:
    async def own_hook(_: object) -> None:
        return None

    class Sly(Controller):
        path = "/sly"
        before_request = own_hook

        @get(policy=Permission.ORDERS_WRITE)
        async def show(self) -> Response[str]:
            return BytesResponse(encode(""))

    with pytest.raises(ImproperlyConfiguredException, match=r"/sly .* around the policy check"):
        toy_app(controllers=[Sly])


def test_an_app_with_a_raw_asgi_route_does_not_start() -> None:
    @asgi("/raw", copy_scope=True)
    async def raw(scope: object, receive: object, send: object) -> None:
        return None

    with pytest.raises(ImproperlyConfiguredException, match="/raw"):
        toy_app(controllers=[raw])
