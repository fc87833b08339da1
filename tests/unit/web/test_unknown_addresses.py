"""Unknown addresses: browsers get a "not found" page, other clients a JSON error."""

import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.container.root import assemble
from shop.entrypoints.http.wiring import http_app
from shop.settings import Service, Settings
from shop.testing import ShopHarness
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_gets_a_page_for_an_unknown_address(shop: ShopHarness) -> None:
    for path in ("/nothing-here", "/nothing/here/at-all", "/pages/unknown", "/p/unknown", "/c/unknown"):
        answer = await shop.client.get(path, headers=BROWSER)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "This page doesn't exist any more" in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert '<meta name="robots" content="noindex"' in answer.text


async def test_other_clients_get_a_json_error_for_an_unknown_address(shop: ShopHarness) -> None:
    for path in ("/nothing-here", "/nothing/here"):
        refused(await shop.client.get(path), 404, "NOT_FOUND")
        refused(await shop.client.post(path, headers=BROWSER), 404, "NOT_FOUND")
    refused(await shop.client.get("/api/nothing-here", headers=BROWSER), 404, "NOT_FOUND")
    refused(await shop.client.post("/api/products/x", headers=BROWSER), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("service", Service)
def test_only_the_accounts_service_has_a_page_for_unknown_addresses(service: Service) -> None:
    shop = assemble(settings=Settings(jwt_secret="-" * 32), storage=MemoryStorage())
    has_pages = service is Service.ACCOUNTS
    assert (404 in http_app(shop, [service]).exception_handlers) is has_pages
