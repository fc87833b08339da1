"""The owner creates promo codes, and a customer checks one."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

FOLDER: Final = Folder(
    name="Promo codes",
    description="An admin makes them; a customer may ask whether one would do.",
    steps=(
        Step(
            name="Create a promo code",
            operation="POST /api/promo-codes",
            caller=Caller.ADMIN,
            body={
                "code": "{{PROMO_CODE}}",
                "type": "percent",
                "value": 10,
                "usageLimit": 100,
                "public": True,
            },
            status=201,
            fresh={"PROMO_CODE": "SPRING10"},
            expects={"type": "percent", "value": 10, "timesUsed": 0, "used": False},
            keeps={"PROMO_CODE": "code"},
            variants=(
                Variant(
                    name="More than everything",
                    status=400,
                    body={"code": "{{PROMO_CODE}}", "type": "percent", "value": 101},
                ),
                Variant(name="The code is taken", status=409, after=True),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{PRODUCT_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Create one for later",
            operation="POST /api/promo-codes",
            caller=Caller.ADMIN,
            body={"code": "{{LATER_CODE}}", "type": "fixed", "value": 5, "active": False},
            status=201,
            fresh={"LATER_CODE": "SUMMER5"},
            expects={"type": "fixed", "value": 5, "active": False},
            keeps={"LATER_CODE": "code"},
        ),
        Step(
            name="Check a promo code",
            operation="GET /api/promo-codes/{code}",
            caller=Caller.USER,
            places={"code": "{{PROMO_CODE}}"},
            expects={"code": "{{PROMO_CODE}}", "used": False},
            variants=(Variant(name="Not valid now", status=409, places={"code": "{{LATER_CODE}}"}),),
        ),
    ),
)
