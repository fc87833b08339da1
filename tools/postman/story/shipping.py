"""The owner ships paid orders."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Administration: orders",
    description="Everybody's orders, and where they are.",
    steps=(
        Step(
            name="List everybody's orders",
            operation="GET /api/admin/orders",
            caller=Caller.ADMIN,
            query={"page": "1", "status": "paid", "username": "{{USERNAME}}"},
            expects={"total": 1, "items.0.id": "{{ORDER_ID}}"},
        ),
        Step(
            name="Look at anybody's order",
            operation="GET /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            expects={"id": "{{ORDER_ID}}", "status": "paid"},
        ),
        Step(
            name="Ship the order",
            operation="PUT /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            headers={"If-Match": "{{ORDER_ETAG}}"},
            body={"status": "shipped"},
            expects={"id": "{{ORDER_ID}}", "status": "shipped"},
            variants=(
                Variant(name="No step for an admin", status=400, body={"status": "paid"}),
                Variant(
                    name="A cancelled order",
                    status=409,
                    places={"order_id": "{{SECOND_ORDER_ID}}"},
                ),
            ),
        ),
        Step(
            name="Record that a VAT id is registered",
            operation="PATCH /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{SECOND_ORDER_ID}}"},
            body={"vatIdVerified": True},
            note="The checkout checks a VAT id's form and check digits. Whether it is registered, staff find out.",
            expects={"id": "{{SECOND_ORDER_ID}}", "vatIdVerified": True},
            variants=(
                Variant(name="Not a yes or no", status=400, body={"vatIdVerified": "yes"}),
                Variant(name="No VAT id", status=409, places={"order_id": "{{ORDER_ID}}"}),
            ),
        ),
        Step(
            name="Write a note on the order",
            operation="POST /api/admin/orders/{order_id}/notes",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            headers={"Idempotency-Key": "{{NOTE_KEY}}"},
            body={"text": "Asked by phone for delivery after 5 p.m."},
            status=201,
            fresh={"NOTE_KEY": "note"},
            note="For the shop's people: the buyer never sees it.",
            expects={"author": "{{ADMIN_USERNAME}}"},
            keeps={"NOTE_ID": "id"},
            variants=(
                Variant(name="A note that says nothing", status=400, body={"text": " "}),
                Variant(
                    name="The key was used for something else", status=422, after=True, body={"text": "Else"}
                ),
            ),
        ),
        Step(
            name="List the notes of the order",
            operation="GET /api/admin/orders/{order_id}/notes",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            expects={"items.0.id": "{{NOTE_ID}}"},
        ),
        Step(
            name="It has arrived",
            operation="PUT /api/admin/orders/{order_id}",
            caller=Caller.ADMIN,
            places={"order_id": "{{ORDER_ID}}"},
            body={"status": "delivered", "reason": "Signed for by the customer"},
            expects={"status": "delivered"},
        ),
    ),
)
