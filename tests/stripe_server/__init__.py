"""A fake of the part of Stripe's API that the shop needs, on its own port, for the official SDK.

    with stripe_server() as stripe:
        client = StripeClient(stripe.secret_key, base_addresses={"api": stripe.url})
        intent = await client.v1.payment_intents.create_async({"amount": 1250, "currency": "eur"})
        stripe.pay(intent.id)
        await stripe.deliver("http://127.0.0.1:8000/api/webhooks/stripe")

It behaves as Stripe documents: intents and the order of their states, refunds and their limits, disputes, events and
their signatures, lists by cursors, saved answers by idempotency key, errors by type, code and status. On request it
fails as Stripe and networks do: before or after the effect, with an answer that is saved, one that is not, or none.

It refuses what it does not implement (customers, manual capture, Connect, the search) as unknown. Its state is in the
test's process, so it survives when a shop is killed.
"""

from tests.stripe_server.control import Balance, StripeServer
from tests.stripe_server.errors import ApiError
from tests.stripe_server.faults import Hang
from tests.stripe_server.gateway import ReceivedRequest
from tests.stripe_server.server import stripe_server
from tests.stripe_server.webhooks import Delivery

__all__ = [
    "ApiError",
    "Balance",
    "Delivery",
    "Hang",
    "ReceivedRequest",
    "StripeServer",
    "stripe_server",
]
