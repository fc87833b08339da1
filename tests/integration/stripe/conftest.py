"""A shop with a separate Stripe account per test: in memory, or on a storage of each kind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from stripe import HTTPXClient

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.payments import stripe_connection
from shop.adapters.payments.stripe import StripePayments
from shop.adapters.sql.storage import SqlStorage
from shop.testing import ManualClock
from tests.storages import FLOW_KINDS, url_of_storage
from tests.stripe_server import StripeServer, stripe_server
from tests.stripe_shop import StripeShop, stripe_shop


@pytest.fixture(autouse=True)
def no_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK retry immediately, instead of after half a second."""
    monkeypatch.setattr(HTTPXClient, "sleep_async", lambda _, __: asyncio.sleep(0))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the shop give up soon when Stripe does not answer: after two requests of 0.5 seconds each."""
    monkeypatch.setattr(stripe_connection, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(StripePayments, "time_budget", timedelta(seconds=2))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stripe(clock: ManualClock) -> Iterator[StripeServer]:
    """A Stripe account without a shop."""
    with stripe_server(clock=clock) as server:
        yield server


@pytest.fixture
async def payments(stripe: StripeServer) -> AsyncIterator[StripePayments]:
    """The adapter alone, without a shop."""
    opened = StripePayments(stripe.secret_key, (stripe.webhook_secret,), ("card",), stripe.url, stripe.clock)
    yield opened
    await opened.close()


@pytest.fixture
async def shop() -> AsyncIterator[StripeShop]:
    async with stripe_shop() as opened:
        yield opened


@pytest.fixture(params=FLOW_KINDS)
def storage_url(request: pytest.FixtureRequest) -> str | None:
    return url_of_storage(request)


@pytest.fixture
async def stored_shop(storage: MemoryStorage | SqlStorage) -> AsyncIterator[StripeShop]:
    """A shop on a storage of each kind, for tests that depend on locks and transactions."""
    async with stripe_shop(storage) as opened:
        yield opened
