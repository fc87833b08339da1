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
        ["identity;q=0"],
        ["br", "gzip"],
    ],
)
@pytest.mark.parametrize("path", ["/", "/cart", "/products", "/admin"])
async def test_pages_are_compressed_for_clients_that_accept_it(
    shop: ShopHarness, path: str, accepted: list[str]
) -> None:
    answer = await shop.client.get(path, headers=[("Accept-Encoding", each) for each in accepted])
    expected = "gzip" if accepted != ["identity;q=0"] else None
    assert answer.headers.get("content-encoding") == expected
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "refused",
    [
        "gzip;q=0",
        "gzip; q=0.000, br",
        "*;q=0",
        "*, gzip;q=0",
        "gzip;q=0.5, identity",
        "identity, *;q=0.5",
        "deflate",
        "gzipped",
        "gzip;q=x",
        "gzip;q=2",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/cart", "/products", "/admin", "/p/unknown"])
async def test_pages_are_not_compressed_for_clients_that_refuse_it(
    shop: ShopHarness, path: str, refused: str
) -> None:
    answer = await shop.client.get(path, headers={"Accept-Encoding": refused})
    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")
