import io
from collections.abc import AsyncIterator, Iterator
from functools import cache

import httpx
import pytest
import structlog
from litestar import Litestar

from shop.entrypoints.logs import configure_logging, log_request
from shop.settings import Payments
from shop.testing import ShopHarness, shop_harness
from tests.unit.framework.toy import client_of, toy_app
from tests.unit.shopping import new_customer


@cache
def shared_app() -> Litestar:
    return toy_app()


@pytest.fixture
async def toy(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the toy application, which keeps nothing between requests but its metrics."""
    async with client_of(shared_app()) as client:
        yield client


@pytest.fixture(scope="module")
async def shared_shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness(payments=(Payments.SANDBOX, Payments.MANUAL)) as shop:
        await shop.admin("owner")
        yield shop


@pytest.fixture
async def shop(shared_shop: ShopHarness) -> AsyncIterator[ShopHarness]:
    """The module's shop: its tests share it, and each makes its own customers, products and promo codes."""
    yield shared_shop
    shared_shop.payments.reachable = True


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    """A client that is logged in as the shop's owner."""
    return await shop.log_in("owner")


@pytest.fixture
async def ada(shop: ShopHarness) -> httpx.AsyncClient:
    """A client of a new customer."""
    return await new_customer(shop)


@pytest.fixture
async def bob(shop: ShopHarness) -> httpx.AsyncClient:
    """A client of another new customer."""
    return await new_customer(shop)


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    configure_logging(stream=io.BytesIO())
    yield
    structlog.reset_defaults()
    log_request.configure(None)
