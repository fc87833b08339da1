"""The catalogue, orders and customers as CSV."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_INVALID_BOM: Final = Variant(name="Neither with nor without a mark", status=400, query={"bom": "perhaps"})

FOLDER: Final = Folder(
    name="Catalogue: import and export",
    description="Products come in and go out as CSV files.",
    steps=(
        Step(
            name="Try an import",
            operation="POST /api/admin/imports",
            caller=Caller.ADMIN,
            query={"dryRun": "true"},
            body={},
            file="products.csv",
            status=202,
            note="The worker does the import: a dry run tells what would change.",
            keeps={"IMPORT_ID": "id"},
            variants=(
                Variant(name="A stock mode that is none", status=400, query={"stock": "all"}),
                Variant(name="A customer", status=403, caller=Caller.USER),
            ),
        ),
        Step(
            name="See how far it is",
            operation="GET /api/admin/imports/{import_id}",
            caller=Caller.ADMIN,
            places={"import_id": "{{IMPORT_ID}}"},
            expects={"id": "{{IMPORT_ID}}", "dryRun": True},
        ),
        Step(
            name="List imports",
            operation="GET /api/admin/imports",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"items.0.id": "{{IMPORT_ID}}"},
        ),
        Step(
            name="Export the products",
            operation="GET /api/admin/exports/products.csv",
            caller=Caller.ADMIN,
            note="Save the response to a file.",
            variants=(_INVALID_BOM,),
        ),
    ),
)

EXPORTS_FOLDER: Final = Folder(
    name="Administration: exports",
    description="Orders and customers as CSV files.",
    steps=(
        Step(
            name="Export the orders",
            operation="GET /api/admin/exports/orders.csv",
            caller=Caller.ADMIN,
            variants=(_INVALID_BOM,),
        ),
        Step(
            name="Export the customers",
            operation="GET /api/admin/exports/customers.csv",
            caller=Caller.ADMIN,
            query={"bom": "true"},
            note="`bom` makes Excel read the file as UTF-8.",
            variants=(_INVALID_BOM,),
        ),
    ),
)
