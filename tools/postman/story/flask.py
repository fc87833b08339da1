"""The dialect `flask`."""

from typing import Final

from shop.settings.values import DialectName
from tools.postman.steps import Caller, Folder, Step, Variant
from tools.postman.story.dialects import (
    NEW_PASSWORD,
    NO_PAGE,
    SKU_TAKEN,
    dialect_folder,
    product_step,
)

_BASE: Final = "/compat/flask"
_PRODUCT: Final = {"name": "Red mug", "description": "Stoneware", "price": 9.5, "stock": 4}
_PLACES: Final = {"product_id": "{{DIALECT_PRODUCT_ID}}"}
_USER: Final = {"username": "{{FLASK_USER}}"}

FOLDER: Final[Folder] = dialect_folder(
    DialectName.FLASK,
    (
        Step(name="Welcome", operation=f"GET {_BASE}", expects={"message": "Welcome to the shop."}),
        Step(
            name="Register",
            operation=f"POST {_BASE}/register",
            body={"username": "{{FLASK_USER}}", "password": NEW_PASSWORD},
            status=201,
            fresh={"FLASK_USER": "flask"},
            variants=(Variant(name="The username is taken", status=409, after=True),),
        ),
        Step(
            name="Log in",
            operation=f"POST {_BASE}/auth",
            body={"username": "{{FLASK_USER}}", "password": NEW_PASSWORD},
            note="Send the token after `JWT` or `Bearer`.",
            keeps={"FLASK_TOKEN": "access_token"},
            variants=(
                Variant(
                    name="Wrong password",
                    status=401,
                    body={"username": "{{FLASK_USER}}", "password": "not the password"},
                ),
            ),
        ),
        product_step(
            f"POST {_BASE}/products",
            {**_PRODUCT, "sku": "{{DIALECT_SKU}}"},
            {"price": 9.5, "stock": 4},
            "id",
            (SKU_TAKEN,),
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
            expects={"name": "Red mug"},
        ),
        Step(
            name="Change a product",
            operation=f"PUT {_BASE}/products/{{product_id}}",
            caller=Caller.ADMIN,
            places=_PLACES,
            body={**_PRODUCT, "price": 8.5},
            note="`stock` is ignored: an absolute number would undo sales.",
            expects={"price": 8.5},
            variants=(
                Variant(name="The version is not current", status=409, body={**_PRODUCT, "version": 999}),
            ),
        ),
        Step(
            name="Delete a product",
            operation=f"DELETE {_BASE}/products/{{product_id}}",
            caller=Caller.ADMIN,
            places=_PLACES,
        ),
        Step(
            name="List users",
            operation=f"GET {_BASE}/users",
            caller=Caller.ADMIN,
            query={"page": "1"},
            variants=(NO_PAGE,),
        ),
        Step(
            name="Show a user",
            operation=f"GET {_BASE}/users/{{username}}",
            caller=Caller.ADMIN,
            places=_USER,
            expects={"username": "{{FLASK_USER}}", "role": "customer"},
        ),
        Step(
            name="Delete a user",
            operation=f"DELETE {_BASE}/users/{{username}}",
            caller=Caller.ADMIN,
            places=_USER,
            variants=(Variant(name="The last admin", status=409, places={"username": "{{ADMIN_USERNAME}}"}),),
        ),
    ),
)
