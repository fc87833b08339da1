"""The catalogue, orders and customers as CSV."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step

FOLDER: Final = Folder(
    name="Administration: catalogue in and out",
    description="Products, orders and customers as CSV files.",
    steps=(
        Step(
            name="Export the products",
            operation="GET /api/admin/exports/products.csv",
            caller=Caller.ADMIN,
            note="Save the response to a file.",
        ),
        Step(
            name="Export the orders",
            operation="GET /api/admin/exports/orders.csv",
            caller=Caller.ADMIN,
        ),
        Step(
            name="Export the customers",
            operation="GET /api/admin/exports/customers.csv",
            caller=Caller.ADMIN,
            query={"bom": "true"},
            note="`bom` makes Excel read the file as UTF-8.",
        ),
    ),
)
