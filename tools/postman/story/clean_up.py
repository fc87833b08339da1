"""Removes what the story created, so that the collection can run again."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant
from tools.postman.story.selling import CLEAN_UP_STEPS

FOLDER: Final = Folder(
    name="Clean up",
    description="Takes away what the story made, orders excepted, and logs out: the collection can run again.",
    steps=(
        *CLEAN_UP_STEPS,
        Step(
            name="Delete the mug",
            operation="DELETE /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            expects={"ok": True},
        ),
        Step(
            name="Delete the plate",
            operation="DELETE /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PLATE_ID}}"},
            expects={"ok": True},
        ),
        Step(
            name="Delete the shirt",
            operation="DELETE /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{SHIRT_ID}}"},
            expects={"ok": True},
        ),
        Step(
            name="Delete the promo code",
            operation="DELETE /api/promo-codes/{code}",
            caller=Caller.ADMIN,
            places={"code": "{{PROMO_CODE}}"},
            expects={"ok": True},
        ),
        Step(
            name="Delete the other promo code",
            operation="DELETE /api/promo-codes/{code}",
            caller=Caller.ADMIN,
            places={"code": "{{LATER_CODE}}"},
            expects={"ok": True},
        ),
        Step(
            name="Give the second customer a role",
            operation="PATCH /api/users/{username}",
            caller=Caller.ADMIN,
            places={"username": "{{GUEST_USERNAME}}"},
            body={"role": "{{OTHER_ROLE_NAME}}"},
            expects={"role": "{{OTHER_ROLE_NAME}}"},
        ),
        Step(
            name="Delete the unused role",
            operation="DELETE /api/admin/roles/{role_id}",
            caller=Caller.ADMIN,
            places={"role_id": "{{ROLE_ID}}"},
            expects={"ok": True},
            variants=(Variant(name="A user has it", status=409, places={"role_id": "{{OTHER_ROLE_ID}}"}),),
        ),
        Step(
            name="Delete the second customer",
            operation="DELETE /api/users/{username}",
            caller=Caller.ADMIN,
            places={"username": "{{GUEST_USERNAME}}"},
            expects={"ok": True},
            variants=(Variant(name="The last admin", status=409, places={"username": "{{ADMIN_USERNAME}}"}),),
        ),
        Step(
            name="Delete the other role",
            operation="DELETE /api/admin/roles/{role_id}",
            caller=Caller.ADMIN,
            places={"role_id": "{{OTHER_ROLE_ID}}"},
            expects={"ok": True},
        ),
        Step(
            name="Delete oneself",
            operation="DELETE /api/users/me",
            caller=Caller.USER,
            note="The orders stay; the personal data and every login end.",
            expects={"ok": True},
            variants=(Variant(name="The last admin", status=409, caller=Caller.ADMIN),),
        ),
        Step(
            name="Log out",
            operation="POST /api/auth/logout",
            caller=Caller.ADMIN,
            expects={"ok": True},
        ),
    ),
)
