"""Stripe's official SDK, with a test server as its API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from stripe import HTTPXClient, PaymentIntent, StripeClient


@asynccontextmanager
async def stripe_client(url: str, secret_key: str, *, patience: float = 30) -> AsyncIterator[StripeClient]:
    """Yield a client that does not retry, and waits `patience` seconds for an answer."""
    connections = HTTPXClient(timeout=patience)
    try:
        yield StripeClient(
            secret_key, base_addresses={"api": url}, http_client=connections, max_network_retries=0
        )
    finally:
        await connections.close_async()


async def an_intent(client: StripeClient, key: str | None = None, **parameters: Any) -> PaymentIntent:
    """Create an intent under the idempotency key, of 12.50 EUR unless the parameters say otherwise."""
    chosen: Any = {"amount": 1250, "currency": "eur", **parameters}
    return await client.v1.payment_intents.create_async(chosen, {"idempotency_key": key} if key else {})
