"""The owner sells a product in several sizes."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_SIZES: Final = {
    "options": ["Size"],
    "variants": [
        {"options": {"Size": "M"}, "sku": "{{SHIRT_SKU}}-M", "price": 39.5, "stock": 12},
        {"options": {"Size": "L"}, "sku": "{{SHIRT_SKU}}-L", "price": 42, "stock": 9},
    ],
}

FOLDER: Final = Folder(
    name="Catalogue: sizes",
    description="A product has one variant for each choice of its options, with its own price and stock.",
    steps=(
        Step(
            name="Create a shirt",
            operation="POST /api/products",
            caller=Caller.ADMIN,
            body={"name": "Linen shirt", "price": 39.5, "category": "Clothes"},
            status=201,
            expects={"name": "Linen shirt", "options": []},
            keeps={"SHIRT_ID": "id"},
        ),
        Step(
            name="Set the sizes",
            operation="PUT /api/products/{product_id}/variants",
            caller=Caller.ADMIN,
            places={"product_id": "{{SHIRT_ID}}"},
            body=_SIZES,
            note="The new set replaces all variants. One that stays is named by its `id`.",
            fresh={"SHIRT_SKU": "SHIRT"},
            expects={"options.0.name": "Size", "variants.1.price": 42, "stock": 21},
            keeps={"SHIRT_M_ID": "variants.0.id", "SHIRT_L_ID": "variants.1.id"},
            variants=(
                Variant(name="A version of yesterday", status=409, body={**_SIZES, "version": 99}),
                Variant(name="No variant is left", status=409, body={"options": [], "variants": []}),
            ),
        ),
        Step(
            name="Show a variant",
            operation="GET /api/products/{product_id}/variants/{variant_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{SHIRT_ID}}", "variant_id": "{{SHIRT_L_ID}}"},
            expects={"id": "{{SHIRT_L_ID}}", "options.Size": "L", "stock": 9},
            keeps={"SHIRT_ETAG": "@ETag"},
        ),
        Step(
            name="Change a variant",
            operation="PATCH /api/products/{product_id}/variants/{variant_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{SHIRT_ID}}", "variant_id": "{{SHIRT_L_ID}}"},
            headers={"If-Match": "{{SHIRT_ETAG}}"},
            body={"price": 41},
            expects={"variants.1.price": 41},
            variants=(
                Variant(name="Stock has a request of its own", status=400, body={"stock": 99}),
                Variant(name="The sku is taken", status=409, body={"sku": "{{SHIRT_SKU}}-M"}),
            ),
        ),
    ),
)
