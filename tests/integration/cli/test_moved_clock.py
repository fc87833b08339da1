"""A running shop whose clock is moved from outside."""

import time
from pathlib import Path

import httpx

from tests.served_shop import run, serving

PASSWORD = "correct horse battery staple"


def test_an_order_expires_when_the_clock_is_moved_past_its_term(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    run(tmp_path, "create-admin", "owner", "--password-stdin", given=PASSWORD)
    moved = {"SHOP_CLOCK_OFFSET_SECONDS_FILE": "offset"}
    with (
        serving(tmp_path, variables=moved) as (url, said),
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        assert client.get("/health/ready").json() == {"status": "ok", "clockOffsetSeconds": 0}
        login = client.post("/api/auth/login", json={"username": "owner", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {login.json()['accessToken']}"
        product = client.post("/api/products", json={"name": "Mug", "price": 5, "stock": 2}).json()
        body = {"items": [{"itemId": product["id"], "quantity": 2}]}
        order = client.post("/api/orders", json=body).json()["order"]
        file.write_text("1860")
        path = f"/api/products/{product['id']}"
        deadline = time.monotonic() + 60
        while client.get(path).json()["stock"] != 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert client.get(path).json()["stock"] == 2
        assert client.get("/health/ready").json()["clockOffsetSeconds"] == 1860
        again = client.post("/api/auth/login", json={"username": "owner", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {again.json()['accessToken']}"
        assert client.get(f"/api/orders/{order['id']}").json()["status"] == "cancelled"
    assert any("clock is moved" in line for line in [*said, (tmp_path / "stderr.txt").read_text()])
