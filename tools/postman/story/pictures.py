"""Pictures: upload one, describe it, show it on a product, delete it."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_PLACES: Final = {"media_id": "{{MEDIA_ID}}"}

FOLDER: Final = Folder(
    name="Catalogue: pictures",
    description="A picture is uploaded once, kept at several widths, and shown by products.",
    steps=(
        Step(
            name="Upload a picture",
            operation="POST /api/admin/media",
            caller=Caller.ADMIN,
            body={"alt": "A blue mug"},
            file="mug.png",
            status=201,
            note="The same file again gets 200 and the first picture.",
            expects={"width": 480, "height": 480},
            keeps={"MEDIA_ID": "id"},
            variants=(Variant(name="The same file again", status=200, after=True),),
        ),
        Step(
            name="Show a picture",
            operation="GET /api/admin/media/{media_id}",
            caller=Caller.ADMIN,
            places=_PLACES,
            expects={"id": "{{MEDIA_ID}}"},
        ),
        Step(
            name="Describe a picture",
            operation="PATCH /api/admin/media/{media_id}",
            caller=Caller.ADMIN,
            places=_PLACES,
            body={"alt": "A blue mug with white dots"},
            expects={"alt": "A blue mug with white dots"},
            variants=(
                Variant(name="The version is not current", status=409, body={"alt": "A mug", "version": 999}),
            ),
        ),
        Step(
            name="Show it on a product",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            body={"images": [{"mediaId": "{{MEDIA_ID}}"}]},
            expects={"images.0.mediaId": "{{MEDIA_ID}}"},
        ),
        Step(
            name="Take it off the product",
            operation="PATCH /api/products/{product_id}",
            caller=Caller.ADMIN,
            places={"product_id": "{{PRODUCT_ID}}"},
            body={"images": []},
        ),
        Step(
            name="List pictures",
            operation="GET /api/admin/media",
            caller=Caller.ADMIN,
            query={"page": "1"},
            expects={"items.0.id": "{{MEDIA_ID}}"},
        ),
        Step(
            name="Delete a picture",
            operation="DELETE /api/admin/media/{media_id}",
            caller=Caller.ADMIN,
            places=_PLACES,
            expects={"ok": True},
        ),
    ),
)
