"""The owner has events delivered to another program."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_WEBHOOK: Final = {"webhook_id": "{{WEBHOOK_ID}}"}

FOLDER: Final = Folder(
    name="Administration: webhooks",
    description="Events, delivered to an address of yours as they happen.",
    steps=(
        Step(
            name="Create a webhook",
            operation="POST /api/admin/webhooks",
            caller=Caller.ADMIN,
            body={"url": "https://example.com/hooks", "events": ["order.*", "stock.low"], "active": False},
            status=201,
            note="The answer alone shows the secret that signs the messages.",
            expects={"version": 1},
            keeps={"WEBHOOK_ID": "id"},
            variants=(
                Variant(
                    name="An address in a private network",
                    status=400,
                    body={"url": "https://10.0.0.1/hooks", "events": ["*"]},
                ),
            ),
        ),
        Step(
            name="List the webhooks",
            operation="GET /api/admin/webhooks",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"page": 1},
        ),
        Step(
            name="Look at a webhook",
            operation="GET /api/admin/webhooks/{webhook_id}",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            expects={"url": "https://example.com/hooks"},
            keeps={"ETAG": "@ETag"},
        ),
        Step(
            name="Change a webhook",
            operation="PATCH /api/admin/webhooks/{webhook_id}",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            headers={"If-Match": "{{ETAG}}"},
            body={"active": True},
            expects={"version": 2},
            variants=(
                Variant(name="The version is not current", status=409, body={"active": True, "version": 999}),
            ),
        ),
        Step(
            name="Rotate its secret",
            operation="POST /api/admin/webhooks/{webhook_id}/rotate-secret",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            note="For 24 hours, the former secret signs as well.",
            expects={"version": 3},
        ),
        Step(
            name="Test it",
            operation="POST /api/admin/webhooks/{webhook_id}/test",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            note="The answer says whether the address accepted the test event.",
            expects={"eventType": "webhook.test", "attempts": 1},
            keeps={"DELIVERY_ID": "id"},
        ),
        Step(
            name="Look at the deliveries",
            operation="GET /api/admin/webhooks/{webhook_id}/deliveries",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            query={"page": "1"},
            expects={"total": 1},
        ),
        Step(
            name="Deliver once more",
            operation="POST /api/admin/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
            caller=Caller.ADMIN,
            places={**_WEBHOOK, "delivery_id": "{{DELIVERY_ID}}"},
            expects={"status": "pending"},
        ),
        Step(
            name="Delete a webhook",
            operation="DELETE /api/admin/webhooks/{webhook_id}",
            caller=Caller.ADMIN,
            places=_WEBHOOK,
            expects={"ok": True},
        ),
    ),
)
