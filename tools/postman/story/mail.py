"""Forgotten passwords, verified email addresses, and the owner's list of messages."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

REQUESTS_FOLDER: Final = Folder(
    name="Accounts: links by e-mail",
    description=(
        "Ask for links that reset a password and verify an email address. While the shop's mail is off (`SHOP_MAIL`), "
        "nobody can ask for a link."
    ),
    steps=(
        Step(
            name="Forget a password",
            operation="POST /api/auth/password-reset",
            body={"email": "{{GRACE}}@example.com"},
            status=202,
            note="The answer is the same for an unknown address.",
            expects={"ok": True},
        ),
        Step(
            name="Ask for a link that verifies the email address",
            operation="POST /api/users/me/verify-email",
            caller=Caller.USER,
            headers={"Idempotency-Key": "{{VERIFICATION_KEY}}"},
            status=202,
            fresh={"VERIFICATION_KEY": "verification"},
            expects={"ok": True},
            variants=(
                Variant(name="An account without an email address", status=409, caller=Caller.ADMIN),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"another": "request"},
                ),
            ),
        ),
    ),
)

FOLDER: Final = Folder(
    name="Administration: messages",
    description="The messages as staff see them.",
    steps=(
        Step(
            name="List the messages",
            operation="GET /api/admin/messages",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"page": 1, "items.0.template": "verify_email"},
            keeps={"MESSAGE_ID": "items.0.id"},
        ),
        Step(
            name="Look at a message",
            operation="GET /api/admin/messages/{message_id}",
            caller=Caller.ADMIN,
            places={"message_id": "{{MESSAGE_ID}}"},
            expects={"template": "verify_email"},
            keeps={"ETAG": "@ETag"},
        ),
        Step(
            name="Send a message again",
            operation="POST /api/admin/messages/{message_id}/resend",
            caller=Caller.ADMIN,
            places={"message_id": "{{MESSAGE_ID}}"},
            headers={"Idempotency-Key": "{{RESEND_KEY}}"},
            fresh={"RESEND_KEY": "resend"},
            variants=(
                Variant(
                    name="The key was used for something else",
                    status=422,
                    after=True,
                    body={"another": "request"},
                ),
            ),
            expects={"status": "queued"},
        ),
    ),
)

LINKS_FOLDER: Final = Folder(
    name="Accounts: tokens of links",
    description=(
        "What the links in the mails do. Copy their tokens into `RESET_TOKEN` and `VERIFY_TOKEN`; without them, this "
        "folder is left out."
    ),
    mail_tokens={"RESET_TOKEN": "reset-password", "VERIFY_TOKEN": "verify-email"},
    before=(
        'if (!pm.environment.get("RESET_TOKEN") || !pm.environment.get("VERIFY_TOKEN")) {',
        "    pm.execution.skipRequest();",
        "}",
    ),
    steps=(
        Step(
            name="Choose a new password",
            operation="POST /api/auth/password-reset/confirm",
            body={"token": "{{RESET_TOKEN}}", "newPassword": "{{USER_PASSWORD}}"},
            expects={"ok": True},
            variants=(Variant(name="The token was used", status=400, after=True),),
        ),
        Step(
            name="Verify the email address",
            operation="POST /api/auth/verify-email",
            body={"token": "{{VERIFY_TOKEN}}"},
            expects={"ok": True},
            variants=(Variant(name="The token was used", status=400, after=True),),
        ),
    ),
)
