"""The dialect `express`."""

from typing import Final

from shop.settings import Payments
from shop.settings.values import DialectName
from tools.postman.steps import Caller, Folder, Step, Variant
from tools.postman.story.dialects import (
    NEW_PASSWORD,
    NO_PAGE,
    REUSED_KEY,
    SKU_TAKEN,
    dialect_folder,
    invalid_token,
    product_step,
    skip_without,
)
from tools.postman.story.stripe_webhooks import SIGN, webhook_step

_BASE: Final = "/compat/express/api"
_AUTHORIZED: Final = {"Authorization": "{{EXPRESS_AUTHORIZATION}}"}
_LINE: Final = {"productId": "{{DIALECT_PRODUCT_ID}}", "quantity": 2}

FOLDER: Final[Folder] = dialect_folder(
    DialectName.EXPRESS,
    (
        Step(
            name="Register",
            operation=f"POST {_BASE}/registration",
            body={"name": "Ada Lovelace", "email": "{{EXPRESS_USER}}@example.com", "password": NEW_PASSWORD},
            status=201,
            fresh={"EXPRESS_USER": "express"},
            expects={"data.email": "{{EXPRESS_USER}}@example.com", "data.role": "user"},
            variants=(Variant(name="The email address is taken", status=409, after=True),),
        ),
        Step(
            name="Log in",
            operation=f"POST {_BASE}/login",
            body={"email": "{{EXPRESS_USER}}@example.com", "password": NEW_PASSWORD},
            note="The token is the whole value of the `Authorization` header.",
            keeps={"EXPRESS_AUTHORIZATION": "token"},
            variants=(
                Variant(
                    name="Nobody has this email address",
                    status=401,
                    body={"email": "{{EXPRESS_USER}}@example.net", "password": NEW_PASSWORD},
                ),
            ),
        ),
        Step(
            name="Profile",
            operation=f"GET {_BASE}/profile",
            headers=_AUTHORIZED,
            expects={"details.email": "{{EXPRESS_USER}}@example.com"},
            variants=(invalid_token(),),
        ),
        product_step(
            f"POST {_BASE}/products",
            {
                "name": "Blue mug",
                "description": "Stoneware",
                "price": 12.5,
                "currency": "USD",
                "stock": 5,
                "sku": "{{DIALECT_SKU}}",
            },
            {"data.price": 12.5, "data.stock": 5},
            "data.id",
            (SKU_TAKEN,),
        ),
        Step(
            name="List products",
            operation=f"GET {_BASE}/products",
            query={"page": "1"},
            variants=(NO_PAGE,),
        ),
        Step(
            name="Order",
            operation=f"POST {_BASE}/orders/create",
            headers={**_AUTHORIZED, "Idempotency-Key": "{{EXPRESS_KEY}}"},
            body={"items": [_LINE]},
            status=201,
            note="The client secret pays at the provider, as after a checkout.",
            fresh={"EXPRESS_KEY": "order"},
            keeps={"EXPRESS_ORDER_ID": "orderId"},
            variants=(
                invalid_token(),
                Variant(name="Out of stock", status=409, body={"items": [{**_LINE, "quantity": 999}]}),
                Variant(name=REUSED_KEY, status=422, after=True, body={"items": [{**_LINE, "quantity": 1}]}),
            ),
        ),
        Step(
            name="Delete the product",
            operation="DELETE /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{DIALECT_PRODUCT_ID}}"},
            expects={"ok": True},
        ),
    ),
)

WEBHOOK_FOLDER: Final = Folder(
    name="Compatibility: express with Stripe",
    description=(
        "Stripe sends this, where `SHOP_COMPAT` has `express` and `SHOP_PAYMENTS` has `stripe`. Without "
        "`STRIPE_WEBHOOK_SECRET` and `SHOP_COMPAT` in the environment, the request is skipped."
    ),
    payments=Payments.STRIPE,
    dialect=DialectName.EXPRESS,
    before=(*skip_without(DialectName.EXPRESS), *SIGN),
    steps=(webhook_step(f"POST {_BASE}/orders/webhook"),),
)
