"""An embedded database whose file cannot grow, or cannot be written."""

import asyncio
import json
import resource
import sqlite3
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.domain.errors import Unavailable
from shop.testing import shop_harness
from tests.instances import a_product
from tests.shop_process import ShopProcess

PASSWORD = "correct horse battery staple"


def limit_files(shop: ShopProcess, size: int) -> None:
    """Limit the files that the process writes to `size` bytes, so that the disk seems full to it."""
    resource.prlimit(shop.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def client_of(shop: ShopProcess) -> httpx.Client:
    return httpx.Client(base_url=f"http://{shop.address}", timeout=60)


def login_of_ada(client: httpx.Client) -> dict[str, str]:
    """Sign up and log in. Return the headers of the login."""
    credentials = {"username": "ada", "password": PASSWORD}
    client.post("/api/auth/signup", json=credentials).raise_for_status()
    token = client.post("/api/auth/login", json=credentials).json()["accessToken"]
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def mug(sqlite_url: str) -> str:
    """The id of a product in the database."""

    async def stored() -> str:
        storage = SqlStorage(Database(sqlite_url))
        async with shop_harness(storage) as shop:
            product_id = await a_product(await shop.admin(), stock=99)
        await storage.close()
        return product_id

    return asyncio.run(stored())


def test_writes_to_a_full_disk_get_503_and_lose_nothing(sqlite_url: str, mug: str, tmp_path: Path) -> None:
    file = Path(make_url(sqlite_url).database or "")
    shop = ShopProcess(sqlite_url, tmp_path / "served", WORKER="on", LOG_FORMAT="json")
    shop.wait()
    with client_of(shop) as client:
        ada = login_of_ada(client)
        body = {"items": [{"itemId": mug, "quantity": 1}]}
        placed = [client.post("/api/orders", json=body, headers=ada).json()["order"]["id"]]
        limit_files(shop, Path(f"{file}-wal").stat().st_size)
        for _ in range(5):
            answer = client.post("/api/orders", json=body, headers=ada)
            assert answer.status_code == 503, answer.text
            assert answer.headers["Retry-After"]
            assert "disk is full" in answer.json()["error"]["message"]
            assert client.get("/health/ready").status_code == 503
        assert client.get(f"/api/products/{mug}").status_code == 200
        limit_files(shop, resource.RLIM_INFINITY)
        assert client.get("/health/ready").status_code == 200
        answer = client.post("/api/orders", json=body, headers=ada)
        assert answer.status_code == 201, answer.text
        placed.append(answer.json()["order"]["id"])
        for order_id in placed:
            assert client.get(f"/api/orders/{order_id}", headers=ada).status_code == 200
    shop.stop()
    lines = [json.loads(line) for line in shop.log.read_text().splitlines() if line.startswith("{")]
    reports = [line["event"] for line in lines if "disk is full" in json.dumps(line)]
    assert len(reports) == 1, reports
    assert "Traceback" not in shop.log.read_text()
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.anyio
async def test_writes_to_a_read_only_file_get_503(sqlite_url: str, mug: str) -> None:
    database = make_url(sqlite_url).database
    read_only = SqlStorage(Database(f"sqlite:///file:{database}?mode=ro&uri=true"))
    async with shop_harness(read_only) as shop:
        assert (await shop.client.get(f"/api/products/{mug}")).status_code == 200
        answer = await shop.client.post("/api/auth/signup", json={"username": "ada", "password": PASSWORD})
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"]
        ready = await shop.client.get("/health/ready")
        assert (ready.status_code, ready.json()["error"]["details"]["down"]) == (503, ["database"])
        with pytest.raises(Unavailable):
            await shop.container.statistics.maintain_figures()()
    await read_only.close()
