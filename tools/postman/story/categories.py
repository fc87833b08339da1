"""The owner sorts the catalogue into categories."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Catalogue: categories",
    description="Categories form a tree of at most six levels. A product may be in ten of them.",
    steps=(
        Step(
            name="Create a category",
            operation="POST /api/categories",
            caller=Caller.ADMIN,
            headers={"Idempotency-Key": "{{CATEGORY_KEY}}"},
            body={"name": "Tableware {{CATEGORY}}"},
            status=201,
            fresh={"CATEGORY": "blue", "CATEGORY_KEY": "tableware"},
            expects={"name": "Tableware {{CATEGORY}}", "parentId": None, "productCount": 0},
            keeps={"CATEGORY_ID": "id", "CATEGORY_SLUG": "slug"},
            variants=(
                Variant(name="A name is needed", status=400, body={"name": " "}),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"name": "Glassware"},
                ),
            ),
        ),
        Step(
            name="Create a subcategory",
            operation="POST /api/categories",
            caller=Caller.ADMIN,
            body={"name": "Mugs {{CATEGORY}}", "parentId": "{{CATEGORY_ID}}"},
            status=201,
            expects={"parentId": "{{CATEGORY_ID}}"},
            keeps={"MUGS_ID": "id", "MUGS_SLUG": "slug", "MUGS_ETAG": "@ETag"},
            variants=(
                Variant(
                    name="The slug is taken",
                    status=409,
                    after=True,
                    body={"name": "Mugs", "slug": "{{MUGS_SLUG}}"},
                ),
            ),
        ),
        Step(
            name="Put a product into it",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PLATE_ID}}"},
            body={"categoryIds": ["{{MUGS_ID}}"]},
            expects={"category": "Mugs {{CATEGORY}}", "categoryIds.0": "{{MUGS_ID}}"},
        ),
        Step(
            name="Rename a category",
            operation="PATCH /api/categories/{category_id}",
            caller=Caller.ADMIN,
            places={"category_id": "{{MUGS_ID}}"},
            headers={"If-Match": "{{MUGS_ETAG}}"},
            body={"name": "Mugs and cups {{CATEGORY}}"},
            note="The slug stays. Products follow at once or, if there are more than 1,000, within a minute.",
            expects={"name": "Mugs and cups {{CATEGORY}}", "slug": "{{MUGS_SLUG}}", "reindexing": False},
            variants=(
                Variant(name="It can't be below itself", status=409, body={"parentId": "{{MUGS_ID}}"}),
            ),
        ),
        Step(
            name="Show a category",
            operation="GET /api/categories/{category_id}",
            places={"category_id": "{{CATEGORY_ID}}"},
            expects={"id": "{{CATEGORY_ID}}", "productCount": 1},
        ),
        Step(name="Show the tree", operation="GET /api/categories"),
        Step(
            name="List what is in a category and below it",
            operation="GET /api/products",
            query={"page": "1", "category": "{{CATEGORY_SLUG}}"},
            expects={"total": 1, "items.0.id": "{{PLATE_ID}}"},
        ),
        Step(
            name="Delete a category",
            operation="DELETE /api/categories/{category_id}",
            caller=Caller.ADMIN,
            places={"category_id": "{{MUGS_ID}}"},
            query={"moveTo": "{{CATEGORY_ID}}"},
            note="`moveTo` takes over products and subcategories.",
            expects={"ok": True},
            variants=(
                Variant(name="Its products need a place", status=409, query={}),
                Variant(name="The other category is unknown", status=400, query={"moveTo": "nowhere"}),
            ),
        ),
        Step(
            name="Put the product back by the category's name",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PLATE_ID}}"},
            body={"category": "Kitchen"},
            note="A name writes the main category. An unknown name makes a new one.",
            expects={"category": "Kitchen"},
        ),
        Step(
            name="Delete an empty category",
            operation="DELETE /api/categories/{category_id}",
            caller=Caller.ADMIN,
            places={"category_id": "{{CATEGORY_ID}}"},
            expects={"ok": True},
        ),
    ),
)
