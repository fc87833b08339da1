"""The owner looks at the promo codes while they are being used."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Promo codes: in use",
    description="How often they were used, and other terms for the orders to come.",
    steps=(
        Step(
            name="List the promo codes",
            operation="GET /api/promo-codes",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"page": 1},
        ),
        Step(
            name="Change a promo code",
            operation="PATCH /api/promo-codes/{code}",
            caller=Caller.ADMIN,
            places={"code": "{{PROMO_CODE}}"},
            body={"usageLimit": 50},
            expects={"usageLimit": 50, "timesUsed": 2},
            variants=(
                Variant(name="A limit that is none", status=400, body={"usageLimit": 0}),
                Variant(name="A limit below the uses", status=409, body={"usageLimit": 1}),
            ),
        ),
    ),
)
