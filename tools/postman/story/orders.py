"""The customer looks at what was bought, and buys more without the cart."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Orders",
    description="A customer's own orders and what they add up to.",
    steps=(
        Step(
            name="Show the order",
            operation="GET /api/orders/{order_id}",
            caller=Caller.USER,
            places={"order_id": "{{ORDER_ID}}"},
            expects={"id": "{{ORDER_ID}}", "status": "paid", "payment.status": "succeeded", "total": 22.5},
            keeps={"ORDER_ETAG": "@ETag"},
        ),
        Step(
            name="Buy now",
            operation="POST /api/orders",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{PURCHASE_KEY}}"},
            body={
                "items": [
                    {"itemId": "{{PRODUCT_ID}}", "quantity": 1},
                    {"itemId": "{{PLATE_ID}}", "quantity": 2},
                ],
                "promoCode": "{{PROMO_CODE}}",
                "contact": {"vatId": "FR 61 954 506 077"},
            },
            status=201,
            fresh={"PURCHASE_KEY": "purchase"},
            expects={"order.status": "pending", "order.subtotal": 29.5, "order.total": 26.55},
            keeps={"SECOND_ORDER_ID": "order.id"},
            variants=(
                Variant(name="Nothing to buy", status=400, body={"items": []}),
                Variant(
                    name="Unknown promo code",
                    status=404,
                    body={
                        "items": [{"itemId": "{{PRODUCT_ID}}", "quantity": 1}],
                        "promoCode": "NO-SUCH-CODE",
                    },
                ),
                Variant(
                    name="Out of stock",
                    status=409,
                    body={"items": [{"itemId": "{{PRODUCT_ID}}", "quantity": 999}]},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"items": [{"itemId": "{{PRODUCT_ID}}", "quantity": 2}]},
                ),
            ),
        ),
        Step(
            name="List the orders",
            operation="GET /api/orders",
            caller=Caller.USER,
            query={"page": "1"},
            expects={"total": 2, "items.0.id": "{{SECOND_ORDER_ID}}", "items.1.id": "{{ORDER_ID}}"},
        ),
        Step(
            name="Statistics",
            operation="GET /api/orders/statistics",
            caller=Caller.USER,
            expects={"orders": 1, "items": 2, "spent": 22.5, "saved": 2.5},
            variants=(
                Variant(
                    name="The end before the beginning",
                    status=400,
                    query={"from": "2026-02-01", "to": "2026-01-01"},
                ),
            ),
        ),
        Step(
            name="Statistics by item",
            operation="GET /api/orders/statistics/items",
            caller=Caller.USER,
            query={"page": "1"},
            expects={"total": 1, "items.0.itemId": "{{PRODUCT_ID}}", "items.0.quantity": 2},
        ),
    ),
)
