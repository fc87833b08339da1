"""The dialect `microservices`."""

from typing import Final

from shop.settings.values import DialectName
from tools.postman.steps import Caller, Folder, Step, Variant
from tools.postman.story.dialects import (
    NEW_PASSWORD,
    NO_PAGE,
    REUSED_KEY,
    dialect_folder,
    product_step,
)

_BASE: Final = "/compat/microservices"
_PRODUCT: Final = {"name": "Green mug", "description": "Stoneware", "price": 7.5, "stock": 6}
_PLACES: Final = {"product_id": "{{DIALECT_PRODUCT_ID}}"}
_LINE: Final = {"productId": "{{DIALECT_PRODUCT_ID}}", "quantity": 2}
_ORDER: Final = {"order_id": "{{MICROSERVICES_ORDER_ID}}"}

FOLDER: Final[Folder] = dialect_folder(
    DialectName.MICROSERVICES,
    (
        Step(
            name="Register",
            operation=f"POST {_BASE}/register",
            body={
                "username": "{{MICROSERVICES_USER}}",
                "email": "{{MICROSERVICES_USER}}@example.com",
                "password": NEW_PASSWORD,
            },
            status=201,
            fresh={"MICROSERVICES_USER": "services"},
            variants=(Variant(name="The username is taken", status=409, after=True),),
        ),
        Step(
            name="Log in",
            operation=f"POST {_BASE}/login",
            body={"username": "{{MICROSERVICES_USER}}", "password": NEW_PASSWORD},
            keeps={"MICROSERVICES_TOKEN": "token"},
            variants=(
                Variant(
                    name="Wrong password",
                    status=401,
                    body={"username": "{{MICROSERVICES_USER}}", "password": "not the password"},
                ),
            ),
        ),
        Step(
            name="Profile",
            operation=f"GET {_BASE}/profile",
            caller=Caller.DIALECT_USER,
            expects={"username": "{{MICROSERVICES_USER}}"},
        ),
        product_step(
            f"POST {_BASE}/products/create_product", _PRODUCT, {"price": 7.5, "version": 1}, "productId"
        ),
        Step(
            name="List products",
            operation=f"GET {_BASE}/products",
            query={"page": "1"},
            variants=(NO_PAGE,),
        ),
        Step(
            name="Show a product",
            operation=f"GET {_BASE}/products/{{product_id}}",
            places=_PLACES,
            expects={"name": "Green mug"},
        ),
        Step(
            name="Change a product",
            operation=f"PUT {_BASE}/products/{{product_id}}",
            caller=Caller.ADMIN,
            places=_PLACES,
            body={**_PRODUCT, "price": 6.5, "version": 1},
            expects={"price": 6.5, "version": 2},
            variants=(Variant(name="The version is not current", status=409, after=True),),
        ),
        Step(
            name="Order",
            operation=f"POST {_BASE}/orders/create_order",
            caller=Caller.DIALECT_USER,
            headers={"Idempotency-Key": "{{MICROSERVICES_KEY}}"},
            body={"productList": [_LINE]},
            status=201,
            fresh={"MICROSERVICES_KEY": "order"},
            expects={"totalAmount": 13, "status": "pending"},
            keeps={"MICROSERVICES_ORDER_ID": "orderId"},
            variants=(
                Variant(name="Out of stock", status=409, body={"productList": [{**_LINE, "quantity": 999}]}),
                Variant(
                    name=REUSED_KEY,
                    status=422,
                    after=True,
                    body={"productList": [{**_LINE, "quantity": 1}]},
                ),
            ),
        ),
        Step(
            name="List orders",
            operation=f"GET {_BASE}/orders",
            caller=Caller.DIALECT_USER,
            query={"page": "1"},
            variants=(NO_PAGE,),
        ),
        Step(
            name="Show an order",
            operation=f"GET {_BASE}/orders/{{order_id}}",
            caller=Caller.DIALECT_USER,
            places=_ORDER,
            expects={"orderId": "{{MICROSERVICES_ORDER_ID}}"},
        ),
        Step(
            name="Cancel an order by its status",
            operation=f"PUT {_BASE}/orders/{{order_id}}",
            caller=Caller.DIALECT_USER,
            places=_ORDER,
            body={"status": "cancelled"},
            expects={"status": "cancelled"},
            variants=(
                Variant(name="Customers cannot ship", status=403, body={"status": "shipped"}),
                Variant(
                    name="A cancelled order is not shipped",
                    status=409,
                    after=True,
                    caller=Caller.ADMIN,
                    body={"status": "shipped"},
                ),
            ),
        ),
        Step(
            name="Order again",
            operation=f"POST {_BASE}/orders/create_order",
            caller=Caller.DIALECT_USER,
            headers={"Idempotency-Key": "{{MICROSERVICES_KEY}}"},
            body={"productList": [_LINE]},
            status=201,
            fresh={"MICROSERVICES_KEY": "second-order"},
            keeps={"MICROSERVICES_PAID_ID": "orderId"},
        ),
        Step(
            name="Ask for the payment secret",
            operation="POST /api/orders/{order_id}/payment",
            caller=Caller.DIALECT_USER,
            places={"order_id": "{{MICROSERVICES_PAID_ID}}"},
            note="This dialect has no payments: pay by the main API.",
            keeps={"MICROSERVICES_SECRET": "order.payment.clientSecret"},
        ),
        Step(
            name="Pay",
            operation="POST /api/sandbox/payments/{client_secret}/confirm",
            caller=Caller.DIALECT_USER,
            places={"client_secret": "{{MICROSERVICES_SECRET}}"},
            body={"outcome": "succeeded"},
        ),
        Step(
            name="Ship an order",
            operation=f"PUT {_BASE}/orders/{{order_id}}",
            caller=Caller.ADMIN,
            places={"order_id": "{{MICROSERVICES_PAID_ID}}"},
            body={"status": "shipped"},
            expects={"status": "shipped"},
        ),
        Step(
            name="Order a third time",
            operation=f"POST {_BASE}/orders/create_order",
            caller=Caller.DIALECT_USER,
            headers={"Idempotency-Key": "{{MICROSERVICES_KEY}}"},
            body={"productList": [_LINE]},
            status=201,
            fresh={"MICROSERVICES_KEY": "third-order"},
            keeps={"MICROSERVICES_ORDER_ID": "orderId"},
        ),
        Step(
            name="Cancel an order",
            operation=f"DELETE {_BASE}/orders/{{order_id}}",
            caller=Caller.DIALECT_USER,
            places=_ORDER,
            variants=(
                Variant(name="A shipped order", status=409, places={"order_id": "{{MICROSERVICES_PAID_ID}}"}),
            ),
        ),
        Step(
            name="Delete a product",
            operation=f"DELETE {_BASE}/products/{{product_id}}",
            caller=Caller.ADMIN,
            places=_PLACES,
        ),
    ),
)
