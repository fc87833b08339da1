"""The owner says where and how the shop ships, and which taxes apply; a customer chooses a shipping method."""

from typing import Final

from tools.postman.steps import Caller, Folder, Step, Variant

_UNKNOWN: Final = "00000000-0000-7000-8000-000000000000"
_KEY_REUSED: Final = Variant(
    name="The key was used for something else", status=422, headers={"Idempotency-Key": "{{NOTE_KEY}}"}
)

_ZONE_STEPS: Final = (
    Step(
        name="Create another shipping zone",
        operation="POST /api/admin/shipping-zones",
        caller=Caller.ADMIN,
        body={"name": "Bouvet Island", "countries": ["BV"]},
        status=201,
        expects={"countries": ["BV"]},
        keeps={"OTHER_ZONE_ID": "id"},
    ),
    Step(
        name="Create a shipping zone",
        operation="POST /api/admin/shipping-zones",
        caller=Caller.ADMIN,
        body={"name": "Antarctica", "countries": ["AQ"]},
        status=201,
        expects={"name": "Antarctica", "countries": ["AQ"], "version": 1},
        keeps={"ZONE_ID": "id"},
        variants=(
            Variant(name="An unknown country", status=400, body={"name": "Nowhere", "countries": ["XX"]}),
            Variant(name="Another zone is as specific", status=409, after=True),
            _KEY_REUSED,
        ),
    ),
    Step(
        name="List the shipping zones",
        operation="GET /api/admin/shipping-zones",
        caller=Caller.ADMIN,
        query={"page": "1"},
        expects={"page": 1},
    ),
    Step(
        name="Look at a shipping zone",
        operation="GET /api/admin/shipping-zones/{shipping_zone_id}",
        caller=Caller.ADMIN,
        places={"shipping_zone_id": "{{ZONE_ID}}"},
        expects={"name": "Antarctica"},
        keeps={"ETAG": "@ETag"},
    ),
    Step(
        name="Rename a shipping zone",
        operation="PATCH /api/admin/shipping-zones/{shipping_zone_id}",
        caller=Caller.ADMIN,
        places={"shipping_zone_id": "{{ZONE_ID}}"},
        headers={"If-Match": "{{ETAG}}"},
        body={"name": "The far south"},
        expects={"name": "The far south", "version": 2},
        variants=(Variant(name="Another zone is as specific", status=409, body={"countries": ["BV"]}),),
    ),
)
_METHOD_STEPS: Final = (
    Step(
        name="Create a shipping method",
        operation="POST /api/admin/shipping-methods",
        caller=Caller.ADMIN,
        body={
            "zoneId": "{{ZONE_ID}}",
            "name": "Icebreaker",
            "rates": [{"price": 25}, {"price": 0, "minSubtotal": 500}],
            "deliveryDays": {"min": 20, "max": 90},
        },
        status=201,
        expects={"name": "Icebreaker", "active": True, "rates.0.price": 25},
        keeps={"METHOD_ID": "id"},
        variants=(
            Variant(
                name="An unknown zone",
                status=400,
                body={"zoneId": _UNKNOWN, "name": "Sledge", "rates": [{"price": 1}]},
            ),
            _KEY_REUSED,
        ),
    ),
    Step(
        name="List the shipping methods",
        operation="GET /api/admin/shipping-methods",
        caller=Caller.ADMIN,
        query={"page": "1"},
        expects={"page": 1},
    ),
    Step(
        name="Look at a shipping method",
        operation="GET /api/admin/shipping-methods/{shipping_method_id}",
        caller=Caller.ADMIN,
        places={"shipping_method_id": "{{METHOD_ID}}"},
        expects={"name": "Icebreaker"},
        keeps={"ETAG": "@ETag"},
    ),
    Step(
        name="Change a shipping method",
        operation="PATCH /api/admin/shipping-methods/{shipping_method_id}",
        caller=Caller.ADMIN,
        places={"shipping_method_id": "{{METHOD_ID}}"},
        headers={"If-Match": "{{ETAG}}"},
        body={"rates": [{"price": 30}]},
        expects={"rates.0.price": 30, "version": 2},
    ),
)
_ZONE_IN_USE_STEPS: Final = (
    Step(
        name="Delete another shipping zone",
        operation="DELETE /api/admin/shipping-zones/{shipping_zone_id}",
        caller=Caller.ADMIN,
        places={"shipping_zone_id": "{{OTHER_ZONE_ID}}"},
        expects={"ok": True},
        variants=(Variant(name="It has methods", status=409, places={"shipping_zone_id": "{{ZONE_ID}}"}),),
    ),
)
_TAX_STEPS: Final = (
    Step(
        name="Create another tax rate",
        operation="POST /api/admin/tax-rates",
        caller=Caller.ADMIN,
        body={"name": "Seal tax", "country": "BV", "rate": 5},
        status=201,
        expects={"country": "BV"},
        keeps={"OTHER_TAX_RATE_ID": "id"},
    ),
    Step(
        name="Create a tax rate",
        operation="POST /api/admin/tax-rates",
        caller=Caller.ADMIN,
        body={"name": "Penguin tax", "country": "AQ", "rate": 10},
        status=201,
        expects={"country": "AQ", "taxClass": "standard", "rate": 10},
        keeps={"TAX_RATE_ID": "id"},
        variants=(
            Variant(
                name="More than everything",
                status=400,
                body={"name": "Penguin tax", "country": "AQ", "rate": 101},
            ),
            Variant(name="The country and class have a rate", status=409, after=True),
            _KEY_REUSED,
        ),
    ),
    Step(
        name="List the tax rates",
        operation="GET /api/admin/tax-rates",
        caller=Caller.ADMIN,
        query={"page": "1"},
        expects={"page": 1},
    ),
    Step(
        name="Look at a tax rate",
        operation="GET /api/admin/tax-rates/{tax_rate_id}",
        caller=Caller.ADMIN,
        places={"tax_rate_id": "{{TAX_RATE_ID}}"},
        expects={"name": "Penguin tax"},
        keeps={"ETAG": "@ETag"},
    ),
    Step(
        name="Change a tax rate",
        operation="PATCH /api/admin/tax-rates/{tax_rate_id}",
        caller=Caller.ADMIN,
        places={"tax_rate_id": "{{TAX_RATE_ID}}"},
        headers={"If-Match": "{{ETAG}}"},
        body={"rate": 20},
        expects={"rate": 20, "version": 2},
        variants=(Variant(name="The country and class have a rate", status=409, body={"country": "BV"}),),
    ),
)
_CART_STEPS: Final = (
    Step(
        name="Put a mug in, to be shipped",
        operation="POST /api/cart/items",
        caller=Caller.USER,
        body={"itemId": "{{PRODUCT_ID}}", "quantity": 1},
        expects={"shippingRequired": True, "shipping": None},
    ),
    Step(
        name="List the shipping options",
        operation="GET /api/cart/shipping-options",
        caller=Caller.USER,
        query={"country": "AQ"},
        expects={"items.0.methodId": "{{METHOD_ID}}", "items.0.price": 30},
        variants=(Variant(name="An unknown country", status=400, query={"country": "XX"}),),
    ),
    Step(
        name="Choose a shipping method",
        operation="PUT /api/cart/shipping",
        caller=Caller.USER,
        body={"methodId": "{{METHOD_ID}}", "country": "AQ"},
        expects={"shipping.price": 30, "shipping.tax": 6, "taxes.0.rate": 20},
        variants=(
            Variant(name="An unknown method", status=404, body={"methodId": _UNKNOWN, "country": "AQ"}),
            Variant(
                name="It does not ship there",
                status=409,
                body={"methodId": "{{METHOD_ID}}", "country": "NO"},
            ),
        ),
    ),
    Step(
        name="Choose no shipping method",
        operation="DELETE /api/cart/shipping",
        caller=Caller.USER,
        expects={"shipping": None},
    ),
    Step(
        name="Empty the cart again",
        operation="DELETE /api/cart",
        caller=Caller.USER,
        expects={"items": []},
    ),
)
CLEAN_UP_STEPS: Final = (
    Step(
        name="Delete another tax rate",
        operation="DELETE /api/admin/tax-rates/{tax_rate_id}",
        caller=Caller.ADMIN,
        places={"tax_rate_id": "{{OTHER_TAX_RATE_ID}}"},
        expects={"ok": True},
    ),
    Step(
        name="Delete a tax rate",
        operation="DELETE /api/admin/tax-rates/{tax_rate_id}",
        caller=Caller.ADMIN,
        places={"tax_rate_id": "{{TAX_RATE_ID}}"},
        expects={"ok": True},
    ),
    Step(
        name="Delete a shipping method",
        operation="DELETE /api/admin/shipping-methods/{shipping_method_id}",
        caller=Caller.ADMIN,
        places={"shipping_method_id": "{{METHOD_ID}}"},
        expects={"ok": True},
    ),
    Step(
        name="Delete a shipping zone",
        operation="DELETE /api/admin/shipping-zones/{shipping_zone_id}",
        caller=Caller.ADMIN,
        places={"shipping_zone_id": "{{ZONE_ID}}"},
        expects={"ok": True},
    ),
)

SHIPPING_FOLDER: Final = Folder(
    name="Shipping",
    description="Zones say where the shop ships, methods how and for how much.",
    steps=(*_ZONE_STEPS, *_METHOD_STEPS, *_ZONE_IN_USE_STEPS),
)
TAX_FOLDER: Final = Folder(
    name="Tax", description="Rates say what is taxed where, by tax class.", steps=_TAX_STEPS
)
CART_FOLDER: Final = Folder(
    name="Cart: shipping",
    description="While a method is active, goods that have to be shipped need one.",
    steps=_CART_STEPS,
)
