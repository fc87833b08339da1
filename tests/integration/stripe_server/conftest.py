"""A separate Stripe account per test, and the official SDK to use it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from stripe import StripeClient

from tests.stripe_client import stripe_client
from tests.stripe_server import StripeServer, stripe_server


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture
async def client(stripe: StripeServer) -> AsyncIterator[StripeClient]:
    async with stripe_client(stripe.url, stripe.secret_key) as client:
        yield client
