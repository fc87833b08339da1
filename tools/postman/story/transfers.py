"""Bank transfers: played only where the shop accepts them."""

from typing import Final

from shop.settings import Payments
from tools.postman.steps import Caller, Folder, Step, Variant

_SKIP: Final = (
    'if (!pm.environment.get("TRANSFER_ORDER_ID")) {',
    "    pm.execution.skipRequest();",
    "}",
)

FOLDER: Final = Folder(
    name="Payments: transfers",
    description=(
        "Not a part of the story: only a shop with `manual` in `SHOP_PAYMENTS` takes transfers. With the id of an "
        "unpaid order by transfer in `TRANSFER_ORDER_ID` it is marked as paid; without it, the request is left out."
    ),
    payments=Payments.MANUAL,
    before=_SKIP,
    steps=(
        Step(
            name="The transfer has come",
            operation="POST /api/admin/orders/{order_id}/mark-paid",
            caller=Caller.ADMIN,
            places={"order_id": "{{TRANSFER_ORDER_ID}}"},
            headers={"Idempotency-Key": "{{TRANSFER_KEY}}"},
            body={"reference": "Bank statement 2026-03-14, line 7"},
            fresh={"TRANSFER_KEY": "transfer"},
            expects={"status": "paid", "payment.provider": "manual", "payment.status": "succeeded"},
            variants=(
                Variant(name="A reference that is none", status=400, body={"reference": 7}),
                Variant(
                    name="It is paid by now", status=409, after=True, headers={"Idempotency-Key": "another"}
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"reference": "Another line"},
                ),
            ),
        ),
    ),
)
