"""A guest, who has no account, fills a cart."""

from typing import Final

from shop.entrypoints.postman.steps import Folder, Step, Variant

CART: Final = {"Cart-Token": "{{CART_TOKEN}}"}

FOLDER: Final = Folder(
    name="Guests",
    description="Buying without an account: the cart's token stands in for a login.",
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
    ),
)
