"""The owner reads the figures and the audit trail."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_BACKWARDS: Final = {"from": "2026-02-01", "to": "2026-01-01"}

FOLDER: Final = Folder(
    name="Administration: figures",
    description="Sales, what they suggest, the audit trail, and what is missing before the shop opens.",
    steps=(
        Step(
            name="Dashboard",
            operation="GET /api/admin/dashboard",
            caller=Caller.ADMIN,
            query={"granularity": "month"},
            expects={"granularity": "month"},
            variants=(Variant(name="The end before the beginning", status=400, query=_BACKWARDS),),
        ),
        Step(
            name="Sales by item",
            operation="GET /api/admin/statistics/items",
            caller=Caller.ADMIN,
            query={"page": "1", "sort": "revenue"},
            expects={"page": 1},
        ),
        Step(
            name="Sales by customer",
            operation="GET /api/admin/statistics/customers/{username}",
            caller=Caller.ADMIN,
            places={"username": "{{USERNAME}}"},
            variants=(
                Variant(name="The end before the beginning", status=400, query=_BACKWARDS),
                Variant(name="Nobody has this name", status=404, places={"username": "nobody"}),
            ),
        ),
        Step(
            name="Audit trail",
            operation="GET /api/admin/audit",
            caller=Caller.ADMIN,
            query={"page": "1", "limit": "3", "username": "{{ADMIN_USERNAME}}"},
            expects={"page": 1, "limit": 3},
        ),
        Step(
            name="Settings and checklist",
            operation="GET /api/admin/settings",
            caller=Caller.ADMIN,
        ),
        Step(
            name="Events",
            operation="GET /api/admin/events",
            caller=Caller.ADMIN,
            query={"type": "order.*", "limit": "3"},
            variants=(
                Variant(name="A limit that is none", status=400, query={"limit": "0"}),
                Variant(name="A cursor that was never given out", status=410, query={"after": "999999999"}),
            ),
        ),
    ),
)
