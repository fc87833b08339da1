"""Stripe's webhooks: played only where Stripe is the payment provider."""

from typing import Final

from shop.settings import Payments
from tools.postman.steps import Folder, Step, Variant

SIGN: Final = (
    'const secret = pm.environment.get("STRIPE_WEBHOOK_SECRET");',
    "if (!secret) {",
    "    pm.execution.skipRequest();",
    "} else {",
    "    const seconds = Math.floor(Date.now() / 1000);",
    "    const payload = pm.variables.replaceIn(pm.request.body.raw);",
    "    const digest = CryptoJS.HmacSHA256(`${seconds}.${payload}`, secret).toString();",
    '    pm.environment.set("STRIPE_SIGNATURE", `t=${seconds},v1=${digest}`);',
    "}",
)


def webhook_step(operation: str) -> Step:
    """Return the step in which Stripe sends a signed event."""
    return Step(
        name="Something happened at Stripe",
        operation=operation,
        headers={"Stripe-Signature": "{{STRIPE_SIGNATURE}}", "Content-Type": "application/json"},
        body={
            "id": "evt_example",
            "object": "event",
            "type": "customer.created",
            "data": {"object": {"id": "cus_example", "object": "customer"}},
        },
        expects={"received": True},
        variants=(Variant(name="A wrong signature", status=400, headers={"Stripe-Signature": "t=1,v1=00"}),),
    )


FOLDER: Final = Folder(
    name="Payments: Stripe's webhook",
    description=(
        "Not a part of the story: Stripe sends this, and only a shop with `SHOP_PAYMENTS=stripe` has the address. "
        "With one of its signing secrets in `STRIPE_WEBHOOK_SECRET` the request is signed as Stripe would; "
        "without it, it is left out."
    ),
    payments=Payments.STRIPE,
    before=SIGN,
    steps=(webhook_step("POST /api/webhooks/stripe"),),
)
