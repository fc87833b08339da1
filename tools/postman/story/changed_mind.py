"""The customer cancels an unpaid order."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Orders: a change of mind",
    description="Unpaid orders can be paid later, or cancelled: then stock and promo code are given back.",
    steps=(
        Step(
            name="Open the payment again",
            operation="POST /api/orders/{order_id}/payment",
            caller=Caller.USER,
            places={"order_id": "{{SECOND_ORDER_ID}}"},
            headers={"Idempotency-Key": "{{PAYMENT_KEY}}"},
            fresh={"PAYMENT_KEY": "payment"},
            expects={"order.id": "{{SECOND_ORDER_ID}}", "order.payment.status": "pending"},
            keeps={"CLIENT_SECRET": "order.payment.clientSecret"},
            variants=(
                Variant(name="Paid already", status=409, places={"order_id": "{{ORDER_ID}}"}),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{PURCHASE_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Cancel the order",
            operation="POST /api/orders/{order_id}/cancel",
            caller=Caller.USER,
            places={"order_id": "{{SECOND_ORDER_ID}}"},
            headers={"Idempotency-Key": "{{CANCEL_KEY}}"},
            fresh={"CANCEL_KEY": "cancel"},
            expects={"order.status": "cancelled", "order.payment.status": "cancelled"},
            variants=(
                Variant(
                    name="Cancelled already",
                    status=409,
                    after=True,
                    headers={"Idempotency-Key": "another-{{CANCEL_KEY}}"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{PURCHASE_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Buy a plate",
            operation="POST /api/orders",
            caller=Caller.USER,
            body={"items": [{"itemId": "{{PLATE_ID}}", "quantity": 1}]},
            status=201,
            expects={"order.total": 8.5},
            keeps={"THIRD_ORDER_ID": "order.id"},
        ),
        Step(
            name="Cancel it, in the other way",
            operation="DELETE /api/orders/{order_id}",
            caller=Caller.USER,
            places={"order_id": "{{THIRD_ORDER_ID}}"},
            expects={"order.status": "cancelled"},
            variants=(Variant(name="Cancelled already", status=409, after=True),),
        ),
    ),
)
