"""A visitor browses the shop."""

from typing import Final

from tools.postman.steps import Folder, Step, Variant

FOLDER: Final = Folder(
    name="Catalogue: browse",
    description="What anybody sees, without an account.",
    steps=(
        Step(name="List the categories", operation="GET /api/products/categories"),
        Step(
            name="List the products",
            operation="GET /api/products",
            query={"page": "1", "limit": "5", "category": "Kitchen", "sort": "price", "order": "asc"},
            expects={"page": 1, "limit": 5},
        ),
        Step(
            name="Search",
            operation="GET /api/products/search",
            query={"q": "{{SKU}} mug", "page": "1"},
            note="Every word must begin a word of the name, the category, the sku or the description.",
            expects={"total": 1, "items.0.id": "{{PRODUCT_ID}}"},
            variants=(Variant(name="Nothing to search for", status=400, query={"q": " ", "page": "1"}),),
        ),
        Step(
            name="Show what the list can be filtered by",
            operation="GET /api/products/filters",
            query={"category": "Kitchen", "inStock": "true"},
            note="Each count is the total of the list with that value added.",
            variants=(Variant(name="A filter without a value", status=400, query={"option": "Size"}),),
        ),
        Step(
            name="Show a product",
            operation="GET /api/products/{product_id}",
            places={"product_id": "{{PRODUCT_ID}}"},
            expects={"id": "{{PRODUCT_ID}}", "name": "Blue mug", "stock": 40},
            keeps={"PRODUCT_SLUG": "slug"},
        ),
        Step(
            name="Show a product by its slug",
            operation="GET /api/products/by-slug/{slug}",
            places={"slug": "{{PRODUCT_SLUG}}"},
            note="A former slug of a product is answered with 301 to the current one.",
            expects={"id": "{{PRODUCT_ID}}", "slug": "{{PRODUCT_SLUG}}"},
        ),
        Step(name="The shop window", operation="GET /api/dashboard", expects={"currency": "USD"}),
    ),
)
