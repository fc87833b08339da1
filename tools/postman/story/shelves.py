"""The owner adds products to the catalogue."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Catalogue: fill the shelves",
    description="An admin makes products, changes them and counts their stock.",
    steps=(
        Step(
            name="Create a product",
            operation="POST /api/products",
            caller=Caller.ADMIN,
            headers={"Idempotency-Key": "{{PRODUCT_KEY}}"},
            body={
                "name": "Blue mug",
                "price": 11,
                "sku": "{{SKU}}",
                "description": "Stoneware, 350 ml",
                "category": "Kitchen",
                "stock": 10,
            },
            status=201,
            fresh={"SKU": "MUG-BLUE", "PRODUCT_KEY": "blue-mug"},
            expects={"sku": "{{SKU}}", "price": 11, "stock": 10, "active": True, "version": 1},
            keeps={"PRODUCT_ID": "id", "PRODUCT_ETAG": "@ETag"},
            variants=(
                Variant(name="A negative price", status=400, body={"name": "Blue mug", "price": -1}),
                Variant(name="Sent again under the same key", status=201, after=True),
                Variant(
                    name="The sku is taken",
                    status=409,
                    after=True,
                    headers={"Idempotency-Key": "another-{{PRODUCT_KEY}}"},
                ),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"name": "Green mug", "price": 11},
                ),
            ),
        ),
        Step(
            name="Create another product",
            operation="POST /api/products",
            caller=Caller.ADMIN,
            body={"name": "Breakfast plate", "price": 8.5, "category": "Kitchen", "stock": 25},
            status=201,
            expects={"name": "Breakfast plate", "price": 8.5, "stock": 25},
            keeps={"PLATE_ID": "id"},
        ),
        Step(
            name="Replace a product",
            operation="PUT /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            headers={"If-Match": "{{PRODUCT_ETAG}}"},
            body={"name": "Blue mug", "price": 12.5, "description": "Stoneware, 350 ml, dishwasher safe"},
            note="With `If-Match`, later changes by others are never overwritten.",
            expects={"price": 12.5, "sku": "{{SKU}}", "version": 2},
            variants=(
                Variant(
                    name="A version of yesterday",
                    status=409,
                    body={"name": "Blue mug", "price": 12.5, "version": 99},
                ),
            ),
        ),
        Step(
            name="Put a product on sale",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            body={"compareAtPrice": 15},
            expects={"compareAtPrice": 15, "price": 12.5},
            variants=(
                Variant(name="Stock has a request of its own", status=400, body={"stock": 99}),
                Variant(name="A version of yesterday", status=409, body={"price": 12, "version": 99}),
            ),
        ),
        Step(
            name="Add stock",
            operation="POST /api/products/{product_id}/stock",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            headers={"Idempotency-Key": "{{STOCK_KEY}}"},
            body={"change": 30, "reason": "Delivered by the pottery"},
            fresh={"STOCK_KEY": "delivery"},
            expects={"stock": 40},
            variants=(
                Variant(name="Neither change nor count", status=400, body={"reason": "Counted"}),
                Variant(name="More than there is", status=409, body={"change": -1000}),
                Variant(
                    name="The key was used for something else", status=422, after=True, body={"change": 31}
                ),
            ),
        ),
        Step(
            name="Switch a product off",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PLATE_ID}}"},
            body={"active": False},
            note="Visitors don't see it any more; open carts show that it is not available.",
            expects={"active": False, "version": 2},
        ),
        Step(
            name="List what is switched off",
            operation="GET /api/admin/products",
            caller=Caller.ADMIN,
            query={"page": "1", "active": "false"},
            note="What was changed last comes first. Without `active`, all products are listed.",
            expects={"items.0.id": "{{PLATE_ID}}", "items.0.active": False},
            variants=(
                Variant(name="Neither true nor false", status=400, query={"page": "1", "active": "perhaps"}),
            ),
        ),
        Step(
            name="Switch it on again",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PLATE_ID}}"},
            body={"active": True, "version": 2},
            expects={"active": True},
        ),
    ),
)
