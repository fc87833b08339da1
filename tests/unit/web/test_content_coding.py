"""Which clients get compressed pages and files: those that accept gzip, by the rules of RFC 9110."""

import pytest

from shop.testing import ShopHarness

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "accepted",
    [
        ["gzip"],
        ["GZIP"],
        ["br, gzip;q=0.001"],
        ["identity;q=0.5, gzip ; q=0.8"],
        ["*"],
        ["x-gzip"],
        ["br", "gzip"],
    ],
)
@pytest.mark.parametrize("path", ["/", "/cart", "/products", "/admin"])
async def test_pages_are_compressed_for_clients_that_accept_gzip(
    shop: ShopHarness, path: str, accepted: list[str]
) -> None:
    answer = await shop.client.get(path, headers=[("Accept-Encoding", each) for each in accepted])
    assert answer.headers.get("content-encoding") == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accepted",
    [
        "gzip;q=0",
        "gzip; q=0.000, br",
        "*;q=0",
        "*, gzip;q=0",
        "gzip;q=0.5, identity",
        "identity, *;q=0.5",
        "deflate",
        "identity;q=0",
        "gzipped",
        "gzip;q=x",
        "gzip;q=2",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/cart", "/products", "/admin", "/p/unknown"])
async def test_pages_are_not_compressed_for_clients_that_do_not_prefer_gzip(
    shop: ShopHarness, path: str, accepted: str
) -> None:
    answer = await shop.client.get(path, headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")
