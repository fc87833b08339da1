"""A customer fills the cart and checks out."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

CONTACT: Final = {"name": "Ada King", "email": "{{USERNAME}}@example.org"}
ADDRESS: Final = {
    "name": "Ada King",
    "company": "Analytical Engines Ltd",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
}

FOLDER: Final = Folder(
    name="Cart",
    description="From the first look at an empty cart to an order that waits for its payment.",
    steps=(
        Step(
            name="Show the cart",
            operation="GET /api/cart",
            caller=Caller.USER,
            expects={"status": "active", "items": [], "total": 0},
        ),
        Step(
            name="Put plates in",
            operation="POST /api/cart/items",
            caller=Caller.USER,
            body={"itemId": "{{PLATE_ID}}", "quantity": 4},
            expects={"items.0.itemId": "{{PLATE_ID}}", "total": 34},
            variants=(
                Variant(name="None of it", status=400, body={"itemId": "{{PLATE_ID}}", "quantity": 0}),
                Variant(
                    name="Unknown product",
                    status=404,
                    body={"itemId": "00000000-0000-7000-8000-000000000000", "quantity": 1},
                ),
                Variant(
                    name="More than there is", status=409, body={"itemId": "{{PLATE_ID}}", "quantity": 999}
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{PASSWORD_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Empty the cart",
            operation="DELETE /api/cart",
            caller=Caller.USER,
            expects={"items": [], "total": 0},
        ),
        Step(
            name="Put a mug in",
            operation="POST /api/cart/items",
            caller=Caller.USER,
            body={"itemId": "{{PRODUCT_ID}}", "quantity": 1},
            expects={"items.0.itemId": "{{PRODUCT_ID}}", "items.0.unitPrice": 12.5, "total": 12.5},
        ),
        Step(
            name="Make it two",
            operation="PATCH /api/cart/items/{item_id}",
            caller=Caller.USER,
            places={"item_id": "{{PRODUCT_ID}}"},
            body={"quantity": 2},
            expects={"items.0.quantity": 2, "items.0.lineTotal": 25, "total": 25},
            variants=(
                Variant(name="None of it", status=400, body={"quantity": 0}),
                Variant(name="More than there is", status=409, body={"quantity": 999}),
            ),
        ),
        Step(
            name="Put a plate in",
            operation="POST /api/cart/items",
            caller=Caller.USER,
            body={"itemId": "{{PLATE_ID}}", "quantity": 1},
            expects={"items.1.itemId": "{{PLATE_ID}}", "total": 33.5},
        ),
        Step(
            name="Take the plate out",
            operation="DELETE /api/cart/items/{item_id}",
            caller=Caller.USER,
            places={"item_id": "{{PLATE_ID}}"},
            expects={"items.0.itemId": "{{PRODUCT_ID}}", "total": 25},
        ),
        Step(
            name="Apply a promo code",
            operation="PUT /api/cart/promo-code",
            caller=Caller.USER,
            body={"promoCode": "{{PROMO_CODE}}"},
            expects={"promoCode": "{{PROMO_CODE}}", "discount": 2.5, "total": 22.5},
            variants=(
                Variant(name="Unknown promo code", status=404, body={"promoCode": "NO-SUCH-CODE"}),
                Variant(name="Not valid now", status=409, body={"promoCode": "{{LATER_CODE}}"}),
            ),
        ),
        Step(
            name="Take the promo code off",
            operation="DELETE /api/cart/promo-code",
            caller=Caller.USER,
            expects={"promoCode": None, "discount": 0, "total": 25},
        ),
        Step(
            name="Check out",
            operation="POST /api/cart/checkout",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{CHECKOUT_KEY}}"},
            body={
                "promoCode": "{{PROMO_CODE}}",
                "expectedTotal": 22.5,
                "contact": CONTACT,
                "shippingAddress": ADDRESS,
            },
            status=201,
            note=(
                "Sent again under the same `Idempotency-Key`, it answers the same and makes no second order. "
                "Fills `ORDER_ID` and `CLIENT_SECRET`, with which the payment is confirmed."
            ),
            fresh={"CHECKOUT_KEY": "checkout"},
            expects={"order.status": "pending", "order.discount": 2.5, "order.total": 22.5},
            keeps={
                "ORDER_ID": "order.id",
                "ORDER_NUMBER": "order.number",
                "CLIENT_SECRET": "order.payment.clientSecret",
            },
            variants=(
                Variant(name="An amount that is none", status=400, body={"expectedTotal": -1}),
                Variant(name="Unknown promo code", status=404, body={"promoCode": "NO-SUCH-CODE"}),
                Variant(name="The price has changed", status=409, body={"expectedTotal": 20}),
                Variant(name="Sent again under the same key", status=201, after=True),
                Variant(
                    name="The cart is empty",
                    status=409,
                    after=True,
                    headers={"Idempotency-Key": "another-{{CHECKOUT_KEY}}"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"expectedTotal": 25},
                ),
            ),
        ),
    ),
)
