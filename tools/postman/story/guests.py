"""A guest, who has no account, buys; later the order joins an account."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant
from tools.postman.story.cart import ADDRESS

CART: Final = {"Cart-Token": "{{CART_TOKEN}}"}
ORDER: Final = {"Order-Token": "{{ORDER_TOKEN}}"}

FOLDER: Final = Folder(
    name="Guests",
    description="Buying without an account: a cart's token, then an order's token, stands in for a login.",
    steps=(
        Step(
            name="Create a guest's cart",
            operation="POST /api/carts",
            status=201,
            expects={"cart.items": [], "cart.total": 0},
            keeps={"CART_TOKEN": "cartToken"},
        ),
        Step(
            name="Put a plate in as a guest",
            operation="POST /api/cart/items",
            headers=CART,
            body={"itemId": "{{PLATE_ID}}", "quantity": 1},
            expects={"items.0.itemId": "{{PLATE_ID}}", "total": 8.5},
            variants=(Variant(name="Unknown token", status=401, headers={"Cart-Token": "no-such-token"}),),
        ),
        Step(
            name="Check out as a guest",
            operation="POST /api/cart/checkout",
            headers=CART,
            body={"contact": {"email": "guest@example.org"}, "shippingAddress": ADDRESS},
            status=201,
            expects={"order.status": "pending", "order.total": 8.5},
            keeps={"GUEST_ORDER_ID": "order.id", "ORDER_TOKEN": "orderToken"},
            variants=(Variant(name="No email address", status=400, body={"shippingAddress": ADDRESS}),),
        ),
        Step(
            name="Show a guest's order",
            operation="GET /api/orders/{order_id}",
            headers=ORDER,
            places={"order_id": "{{GUEST_ORDER_ID}}"},
            expects={"id": "{{GUEST_ORDER_ID}}", "status": "pending"},
            variants=(
                Variant(name="Wrong order token", status=404, headers={"Order-Token": "no-such-token"}),
            ),
        ),
        Step(
            name="Claim a guest's order",
            operation="POST /api/orders/claim",
            caller=Caller.USER,
            body={"orderToken": "{{ORDER_TOKEN}}"},
            expects={"order.id": "{{GUEST_ORDER_ID}}"},
            variants=(Variant(name="Unknown token", status=404, body={"orderToken": "no-such-token"}),),
        ),
        Step(
            name="Cancel the claimed order",
            operation="POST /api/orders/{order_id}/cancel",
            caller=Caller.USER,
            places={"order_id": "{{GUEST_ORDER_ID}}"},
            expects={"order.status": "cancelled"},
        ),
    ),
)
