"""The owner ships what was paid."""

from typing import Final

from shop.entrypoints.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Administration: orders",
    description="Everybody's orders, and where they are.",
    steps=(
        Step(
            name="List everybody's orders",
            operation="GET /api/admin/orders",
            caller=Caller.ADMIN,
            query={"page": "1", "status": "paid", "username": "{{USERNAME}}"},
            expects={"total": 1, "items.0.id": "{{ORDER_ID}}"},
        ),
        Step(
            name="Look at anybody's order",
            operation="GET /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            expects={"id": "{{ORDER_ID}}", "status": "paid"},
        ),
        Step(
            name="Ship the order",
            operation="PUT /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            headers={"If-Match": "{{ORDER_ETAG}}"},
            body={"status": "shipped"},
            expects={"id": "{{ORDER_ID}}", "status": "shipped"},
            variants=(
                Variant(name="No step for an admin", status=400, body={"status": "paid"}),
                Variant(
                    name="A cancelled order",
                    status=409,
                    places={"order_id": "{{SECOND_ORDER_ID}}"},
                ),
            ),
        ),
        Step(
            name="It has arrived",
            operation="PUT /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            body={"status": "delivered", "reason": "Signed for by the customer"},
            expects={"status": "delivered"},
        ),
    ),
)
