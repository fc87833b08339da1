"""A customer saves addresses for later orders."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_HOME: Final = {
    "label": "Home",
    "name": "Ada King",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "gb",
}
_UNKNOWN_ID: Final = "00000000-0000-7000-8000-000000000000"

FOLDER: Final = Folder(
    name="Accounts: addresses",
    description="A customer keeps addresses, one of them the default, and names one of them at the checkout.",
    steps=(
        Step(
            name="Keep an address",
            operation="POST /api/users/me/addresses",
            caller=Caller.USER,
            body=_HOME,
            status=201,
            expects={"label": "Home", "country": "GB", "isDefault": True},
            keeps={"HOME_ID": "id"},
            variants=(
                Variant(name="A country that there is not", status=400, body={**_HOME, "country": "XX"}),
                Variant(name="Nobody is logged in", status=401, caller=Caller.NOBODY),
                Variant(
                    name="The key was used for something else",
                    status=422,
                    headers={"Idempotency-Key": "{{PASSWORD_KEY}}"},
                ),
            ),
        ),
        Step(
            name="Keep a second one as the default",
            operation="POST /api/users/me/addresses",
            caller=Caller.USER,
            body={**_HOME, "label": "Office", "company": "Analytical Engines Ltd", "isDefault": True},
            status=201,
            expects={"label": "Office", "isDefault": True},
            keeps={"ADDRESS_ID": "id"},
        ),
        Step(
            name="List the addresses",
            operation="GET /api/users/me/addresses",
            caller=Caller.USER,
            expects={"items.0.isDefault": False, "items.1.id": "{{ADDRESS_ID}}"},
        ),
        Step(
            name="Show staff the addresses of a customer",
            operation="GET /api/users/{username}/addresses",
            caller=Caller.ADMIN,
            places={"username": "{{USERNAME}}"},
            expects={"items.1.id": "{{ADDRESS_ID}}"},
            variants=(Variant(name="Nobody has this name", status=404, places={"username": "nobody"}),),
        ),
        Step(
            name="Show an address",
            operation="GET /api/users/me/addresses/{address_id}",
            caller=Caller.USER,
            places={"address_id": "{{ADDRESS_ID}}"},
            expects={"label": "Office"},
            keeps={"ADDRESS_ETAG": "@ETag"},
            variants=(
                Variant(name="Somebody else's, or none", status=404, places={"address_id": _UNKNOWN_ID}),
            ),
        ),
        Step(
            name="Change an address",
            operation="PUT /api/users/me/addresses/{address_id}",
            caller=Caller.USER,
            places={"address_id": "{{ADDRESS_ID}}"},
            headers={"If-Match": "{{ADDRESS_ETAG}}"},
            body={**_HOME, "label": "Office", "line2": "Second floor"},
            note="Fields left out become empty, except `isDefault`.",
            expects={"line2": "Second floor", "company": None, "isDefault": True},
            variants=(Variant(name="It was changed meanwhile", status=412, after=True),),
        ),
        Step(
            name="Delete an address",
            operation="DELETE /api/users/me/addresses/{address_id}",
            caller=Caller.USER,
            places={"address_id": "{{HOME_ID}}"},
            expects={"ok": True},
        ),
    ),
)
