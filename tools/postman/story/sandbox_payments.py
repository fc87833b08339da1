"""The customer pays with the sandbox's simulated card."""

from typing import Final

from tools.postman.steps import Folder, Step, Variant

FOLDER: Final = Folder(
    name="Sandbox payments",
    description="What a payment form and the customer's bank do with a real provider; only where the sandbox is it.",
    steps=(
        Step(
            name="Show the payment",
            operation="GET /api/sandbox/payments/{client_secret}",
            places={"client_secret": "{{CLIENT_SECRET}}"},
            expects={"status": "pending", "amount": 22.5, "currency": "USD"},
        ),
        Step(
            name="Pay",
            operation="POST /api/sandbox/payments/{client_secret}/confirm",
            places={"client_secret": "{{CLIENT_SECRET}}"},
            body={"outcome": "succeeded"},
            expects={"status": "succeeded"},
            variants=(
                Variant(name="No outcome of a card's", status=400, body={"outcome": "perhaps"}),
                Variant(name="Paid already", status=409, after=True, body={"outcome": "failed"}),
            ),
        ),
    ),
)
