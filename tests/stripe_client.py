"""Stripe's official SDK, directed at a server of the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stripe import HTTPXClient, StripeClient


@asynccontextmanager
async def stripe_client(url: str, secret_key: str, *, patience: float = 30) -> AsyncIterator[StripeClient]:
    """It tries nothing again by itself, and waits `patience` seconds for an answer."""
    connections = HTTPXClient(timeout=patience)
    try:
        yield StripeClient(
            secret_key, base_addresses={"api": url}, http_client=connections, max_network_retries=0
        )
    finally:
        await connections.close_async()
