"""The code in docs/testing-a-front-end.md works, and so does the server for tests in other languages."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shop.testing.remote import remote_shop
from shop.testing.serving import served
from tests.documents import blocks_of
from tests.fork_server import PIPE, ForkedProcess, run_forked
from tests.npm import newman

pytestmark = pytest.mark.anyio
DOCUMENT = "docs/testing-a-front-end.md"


@pytest.fixture
async def remote() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        remote_shop(["http://localhost:5173"]) as shop,
        served(shop) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


def test_the_documented_python_tests_pass(tmp_path: Path) -> None:
    tests = blocks_of(DOCUMENT, "python")
    for block in tests:
        assert block.file_name
        (tmp_path / block.file_name).write_text(block.text)
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    done = run_forked("pytest", *options, cwd=tmp_path, timeout=300)
    assert done.stdout.splitlines()[-1].startswith("4 passed"), done.stdout + done.stderr


def test_the_documented_javascript_tests_pass(tmp_path: Path) -> None:
    node = newman()[0]
    (block,) = blocks_of(DOCUMENT, "js")
    (tmp_path / "shop.test.mjs").write_text(block.text)
    (tmp_path / "python").symlink_to(sys.executable)
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", "shop.test.mjs"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 2\n" in done.stdout


def test_the_documented_command_serves_until_stopped() -> None:
    (console,) = blocks_of(DOCUMENT, "console")
    command, said = console.text.splitlines()
    assert command.startswith("$ python -m shop.testing --port 8000 ")
    module, *arguments = command.split()[3:]
    arguments[arguments.index("8000")] = "0"
    with ForkedProcess(module, *arguments, stdout=PIPE) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip().removeprefix(said.removesuffix("http://127.0.0.1:8000"))
            page = httpx.get(f"{url}/api/products?page=1", headers={"Origin": "http://localhost:5173"})
            assert page.json()["total"] == 0
            assert page.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0
        finally:
            server.kill()


async def test_a_reset_deletes_everything(remote: httpx.AsyncClient) -> None:
    owner = (await remote.post("/testing/admins")).json()
    headers = {"Authorization": f"Bearer {owner['accessToken']}"}
    await remote.post("/api/products", json={"name": "Mug", "price": 12.5}, headers=headers)
    started = (await remote.post("/testing/clock", json={"days": 1})).json()["now"]
    assert started == "2026-01-06T09:00:00Z"
    assert (await remote.post("/testing/reset")).status_code == 204
    assert (await remote.get("/api/products?page=1")).json()["total"] == 0
    assert (await remote.get("/api/auth/me", headers=headers)).status_code == 401
    assert (await remote.post("/testing/clock", json={})).json()["now"] == "2026-01-05T09:00:00Z"


async def test_test_accounts_can_log_in(remote: httpx.AsyncClient) -> None:
    ada = (await remote.post("/testing/customers", json={"username": "ada"})).json()
    login = {"username": ada["username"], "password": ada["password"]}
    assert (await remote.post("/api/auth/login", json=login)).json()["user"]["role"] == "customer"


@pytest.mark.parametrize("kind", ["customers", "admins"])
async def test_a_name_that_is_taken_is_the_shops_conflict(remote: httpx.AsyncClient, kind: str) -> None:
    for status in (201, 409):
        answer = await remote.post(f"/testing/{kind}", json={"username": "ada"})
        assert answer.status_code == status
    assert answer.json()["error"]["code"] == "USERNAME_TAKEN"


async def test_test_routes_refuse_unknown_input(remote: httpx.AsyncClient) -> None:
    answer = await remote.post("/testing/clock", json={"weeks": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert "weeks" in answer.text
    assert (await remote.post("/testing/clock", content=b"{")).json()["error"]["code"] == "BAD_REQUEST"
    assert (await remote.post("/testing/time")).status_code == 404


async def test_the_provider_can_be_switched_off_and_on(remote: httpx.AsyncClient) -> None:
    owner = (await remote.post("/testing/admins")).json()
    headers = {"Authorization": f"Bearer {owner['accessToken']}"}
    product = await remote.post(
        "/api/products", json={"name": "Mug", "price": 1, "stock": 9}, headers=headers
    )
    order = {"items": [{"itemId": product.json()["id"], "quantity": 1}]}
    for reachable, status in ((False, "unavailable"), (True, "pending")):
        await remote.post("/testing/payments", json={"reachable": reachable})
        answer = await remote.post("/api/orders", json=order, headers=headers)
        assert answer.json()["order"]["payment"]["status"] == status


def test_every_test_route_is_documented() -> None:
    text = (Path(__file__).parents[3] / DOCUMENT).read_text()
    for route in ("reset", "admins", "customers", "clock", "work", "payments"):
        assert f"| `/testing/{route}` |" in text
