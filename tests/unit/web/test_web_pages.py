"""The pages' security headers, and the files that they load."""

import gzip
import posixpath
import re

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.container.root import assemble
from shop.entrypoints.http.wiring import http_app
from shop.entrypoints.web.assets import load_assets
from shop.entrypoints.web.pages import STOREFRONT_VIEWS
from shop.settings import Payments, Service, Settings
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio

PAGES = ["/", "/cart", "/products", "/p/unknown", "/admin", "/admin/orders"]


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split("; ")]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", PAGES)
async def test_pages_allow_no_inline_code_and_no_other_host(shop: ShopHarness, path: str) -> None:
    answer = await shop.client.get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = directives(answer.headers["content-security-policy"])
    assert (
        policy["default-src"]
        == policy["script-src"]
        == policy["style-src"]
        == policy["connect-src"]
        == ["'self'"]
    )
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == ["'none'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    markup = answer.text.replace('<script type="application/ld+json"', "<data")  # never run
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", markup)
    assert not re.findall(r'(?:src|(?<!rel="canonical" )href)="(?:https?:)?//', answer.text)


async def test_stripes_hosts_are_allowed_when_stripe_takes_payments() -> None:
    stripe = {
        "payments": Payments.STRIPE,
        "stripe_secret_key": "sk_test_" + "0" * 8,
        "stripe_publishable_key": "pk_test_123",
        "stripe_webhook_secrets": ("whsec_" + "0" * 8,),
    }
    async with shop_harness(**stripe) as shop:
        answer = await shop.client.get("/")
        policy = directives(answer.headers["content-security-policy"])
        assert policy["script-src"] == ["'self'", "https://js.stripe.com"]
        assert "https://js.stripe.com" in policy["frame-src"]
        assert policy["style-src"] == ["'self'"]
        assert '<meta name="shop-stripe-key" content="pk_test_123">' in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_files_named_by_a_page_are_immutable_and_compressed(shop: ShopHarness, path: str) -> None:
    named = re.findall(r'(?:src|href)="(/assets/[^"]+)"', (await shop.client.get(path)).text)
    assert len(named) > 5
    for file in named:
        answer = await shop.client.get(file)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
        plain = await shop.client.get(file, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == answer.content


def test_every_import_of_a_script_names_a_file() -> None:
    assets = load_assets().files
    for path, asset in assets.items():
        folder = path.rpartition("/")[0]
        for name in re.findall(r'(?:from|import\() ?"(\.[^"]+)"', asset.body.decode()):
            assert posixpath.normpath(f"{folder}/{name}") in assets, (path, name)


def test_the_server_knows_every_view_of_the_storefront() -> None:
    script = load_assets().files["storefront/main.js"].body.decode()
    routes = script[script.index("const ROUTES") :].partition("};")[0]
    assert sorted(re.findall(r'^  "?([\w-]+)"?[:,]', routes, re.MULTILINE)) == sorted(STOREFRONT_VIEWS)


def test_the_storefronts_style_sheet_contains_every_partial_sheet() -> None:
    assets = load_assets().files
    parts = [path for path in assets if path.startswith(("common/", "storefront/")) and path.endswith(".css")]
    assert len(parts) > 5
    for path in parts:
        assert assets[path].body in assets["storefront.css"].body, path


def test_the_storefronts_own_files_weigh_less_than_100_kb() -> None:
    folders = ("common/", "storefront")
    sizes = [len(asset.compressed) for path, asset in load_assets().files.items() if path.startswith(folders)]
    assert 0 < sum(sizes) < 100_000


def test_no_script_turns_text_into_markup() -> None:
    for path, asset in load_assets().files.items():
        if path.endswith(".js"):
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", asset.body.decode()
            ), path


def test_all_files_of_a_page_weigh_less_than_200_kb() -> None:
    assets = load_assets().files
    for page in ("storefront", "admin"):
        folders = ("common/", "vendor/", f"{page}")
        sizes = [len(asset.compressed) for path, asset in assets.items() if path.startswith(folders)]
        assert 0 < sum(sizes) < 200_000


def test_compressed_files_decompress_to_the_original() -> None:
    assert all(gzip.decompress(asset.compressed) == asset.body for asset in load_assets().files.values())


@pytest.mark.parametrize("name", ["x.js", "../pages.py", "%2e%2e/pages.py", "common", ""])
async def test_only_existing_files_are_served(shop: ShopHarness, name: str) -> None:
    digest = load_assets().digest
    refused(await shop.client.get(f"/assets/{digest}/{name}"), 404, "NOT_FOUND")
    refused(await shop.client.get(f"/assets/other/{name}"), 404, "NOT_FOUND")


@pytest.mark.parametrize("service", Service)
def test_only_the_accounts_service_serves_the_pages(service: Service) -> None:
    shop = assemble(settings=Settings(jwt_secret="-" * 32), storage=MemoryStorage())
    paths = {route.path for route in http_app(shop, [service]).routes}
    assert ("/admin" in paths) is (service is Service.ACCOUNTS)
