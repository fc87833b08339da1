"""The owner refunds a broken mug."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Payments",
    description="Money that goes back.",
    steps=(
        Step(
            name="Refund a part",
            operation="POST /api/admin/orders/{order_id}/refunds",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            headers={"Idempotency-Key": "{{REFUND_KEY}}"},
            body={"amount": 11.25, "reason": "One mug arrived broken"},
            status=201,
            fresh={"REFUND_KEY": "refund"},
            expects={
                "refund.amount": 11.25,
                "refund.status": "succeeded",
                "order.status": "delivered",
                "order.refundedTotal": 11.25,
            },
            variants=(
                Variant(name="An amount that is none", status=400, body={"amount": -1}),
                Variant(name="More than is left", status=409, body={"amount": 1000}),
                Variant(
                    name="The key was used for something else", status=422, after=True, body={"amount": 1}
                ),
            ),
        ),
        Step(
            name="List all refunds",
            operation="GET /api/admin/refunds",
            caller=Caller.ADMIN,
            query={"page": "1", "status": "succeeded"},
            note="The newest first, those that were made at the payment provider too.",
            expects={"items.0.orderId": "{{ORDER_ID}}", "items.0.amount": 11.25, "items.0.restock": False},
            variants=(Variant(name="An unknown status", status=400, query={"page": "1", "status": "lost"}),),
        ),
    ),
)
