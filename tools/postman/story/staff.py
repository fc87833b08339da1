"""The owner creates and manages a staff role and an API key."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Administration: staff",
    description="A role is a name and permissions: its users may do what they allow. API keys are for programs.",
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
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{NOTE_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Create another role",
            operation="POST /api/admin/roles",
            caller=Caller.ADMIN,
            body={"name": "{{OTHER_ROLE_NAME}}", "permissions": ["catalogue:read"]},
            status=201,
            fresh={"OTHER_ROLE_NAME": "Photographer"},
            expects={"name": "{{OTHER_ROLE_NAME}}"},
            keeps={"OTHER_ROLE_ID": "id"},
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
            variants=(Variant(name="The name is taken", status=409, body={"name": "{{OTHER_ROLE_NAME}}"}),),
        ),
        Step(
            name="Create an API key",
            operation="POST /api/admin/api-keys",
            caller=Caller.ADMIN,
            body={"name": "Warehouse scanner", "permissions": ["orders:write"]},
            status=201,
            note="The answer alone shows the secret: a bearer token for a program.",
            expects={"name": "Warehouse scanner", "version": 1},
            keeps={"API_KEY_ID": "id"},
            variants=(
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{NOTE_KEY}}"},
                ),
            ),
        ),
        Step(
            name="List the API keys",
            operation="GET /api/admin/api-keys",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"page": 1},
        ),
        Step(
            name="Look at an API key",
            operation="GET /api/admin/api-keys/{key_id}",
            caller=Caller.ADMIN,
            places={"key_id": "{{API_KEY_ID}}"},
            expects={"name": "Warehouse scanner"},
            keeps={"ETAG": "@ETag"},
        ),
        Step(
            name="Change an API key",
            operation="PATCH /api/admin/api-keys/{key_id}",
            caller=Caller.ADMIN,
            places={"key_id": "{{API_KEY_ID}}"},
            headers={"If-Match": "{{ETAG}}"},
            body={"permissions": ["orders:read"]},
            expects={"version": 2},
            variants=(
                Variant(
                    name="A version of yesterday",
                    status=409,
                    body={"permissions": ["orders:read"], "version": 99},
                ),
            ),
        ),
        Step(
            name="Revoke an API key",
            operation="DELETE /api/admin/api-keys/{key_id}",
            caller=Caller.ADMIN,
            places={"key_id": "{{API_KEY_ID}}"},
            expects={"ok": True},
        ),
    ),
)
