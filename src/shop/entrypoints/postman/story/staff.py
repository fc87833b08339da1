"""The owner makes a role for staff, and looks after it."""

from typing import Final

from shop.entrypoints.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Staff",
    description="A role is a name and permissions; a user who has it may do what they allow.",
    steps=(
        Step(
            name="Create a role",
            operation="POST /api/admin/roles",
            caller=Caller.ADMIN,
            body={"name": "{{ROLE_NAME}}", "permissions": ["orders:write", "catalogue:read"]},
            status=201,
            fresh={"ROLE_NAME": "Packer"},
            expects={"name": "{{ROLE_NAME}}", "version": 1},
            keeps={"ROLE_ID": "id"},
            variants=(
                Variant(
                    name="An unknown permission",
                    status=400,
                    body={"name": "{{ROLE_NAME}}", "permissions": ["everything"]},
                ),
                Variant(name="The name is taken", status=409, after=True),
            ),
        ),
        Step(
            name="List the roles",
            operation="GET /api/admin/roles",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"page": 1},
        ),
        Step(
            name="Look at a role",
            operation="GET /api/admin/roles/{role_id}",
            caller=Caller.ADMIN,
            places={"role_id": "{{ROLE_ID}}"},
            expects={"name": "{{ROLE_NAME}}"},
            keeps={"ETAG": "@ETag"},
        ),
        Step(
            name="Change a role",
            operation="PATCH /api/admin/roles/{role_id}",
            caller=Caller.ADMIN,
            places={"role_id": "{{ROLE_ID}}"},
            headers={"If-Match": "{{ETAG}}"},
            body={"permissions": ["orders:write"]},
            expects={"version": 2},
        ),
        Step(
            name="Delete a role",
            operation="DELETE /api/admin/roles/{role_id}",
            caller=Caller.ADMIN,
            places={"role_id": "{{ROLE_ID}}"},
            expects={"ok": True},
        ),
    ),
)
