"""A fake of Stripe's API, as far as the shop needs it: on a port of its own, for the official SDK.

    with stripe_server() as stripe:
        client = StripeClient(stripe.secret_key, base_addresses={"api": stripe.url})
        intent = await client.v1.payment_intents.create_async({"amount": 1250, "currency": "eur"})
        stripe.pay(intent.id)
        await stripe.deliver("http://127.0.0.1:8000/api/webhooks/stripe")

It keeps what Stripe promises a client: intents and the order of their states, refunds and their limits, disputes,
events and their signatures, lists by cursors, saved answers by idempotency key, errors by type, code and status. And
it fails on request, as Stripe and networks do: before or after the effect, with a saved answer, another one or none.

What it leaves out, it refuses as unknown rather than accept in silence: customers, manual capture, Connect, the
search. Its state is here, in the test's process: a shop that is killed finds everything as it left it.
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
