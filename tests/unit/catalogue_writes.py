"""Writes of administrators to the catalogue and to promo codes, and the audit entry that each leaves."""

from unittest.mock import ANY

import httpx

from shop.testing import ShopHarness
from tests.unit.audit.write import AS_FORM, Preparation, Write
from tests.unit.pictures import upload
from tests.unit.shopping import (
    Number,
    a_name,
    exact,
    new_category,
    new_product,
    new_promo_code,
)


async def _create_product(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    sku, slug = a_name("SKU"), a_name("cup")
    after = {
        "sku": sku,
        "name": "Cup",
        "slug": slug,
        "description": "",
        "category": None,
        "categoryIds": [],
        "vendor": None,
        "attributes": {},
        "options": [],
        "variants": [],
        "priorPrice": None,
        "weight": None,
        "requiresShipping": True,
        "taxClass": "standard",
        "withdrawable": True,
        "price": Number("9.90"),
        "compareAtPrice": None,
        "currency": "USD",
        "stock": 3,
        "imageUrl": None,
        "images": [],
        "active": True,
        "version": 1,
        "createdAt": f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    body = {"name": "Cup", "price": 9.9, "stock": 3, "sku": sku, "slug": slug}
    return "/api/products", "", body, {"action": "product.created", "before": {}, "after": after}


async def _revise_product(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = await new_product(admin, price=12.5)
    said = {
        "action": "product.revised",
        "before": {"name": "Mug", "price": Number("12.50"), "version": 1},
        "after": {"name": "Cup", "price": Number("9.90"), "version": 2},
    }
    return f"/api/products/{made['id']}", made["id"], {"name": "Cup", "price": 9.9}, said


async def _replace_variants(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = await new_product(admin, price=12.5)
    said = {
        "action": "product.revised",
        "before": {"price": Number("12.50"), "variants": [], "version": 1},
        "after": {
            "price": Number("9.90"),
            "variants": [
                {
                    "id": made["id"],
                    "sku": None,
                    "options": {},
                    "price": Number("9.90"),
                    "compareAtPrice": None,
                    "priorPrice": None,
                    "stock": 10,
                    "weight": None,
                    "barcode": "1",
                    "imageUrl": None,
                    "active": True,
                }
            ],
            "version": 2,
        },
    }
    body = {"options": [], "variants": [{"price": 9.9, "barcode": "1"}]}
    return f"/api/products/{made['id']}/variants", made["id"], body, said


async def _revise_variant(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = await new_product(admin, price=12.5)
    said = {
        "action": "product.revised",
        "before": {"weight": None, "version": 1},
        "after": {"weight": 5, "version": 2},
    }
    return f"/api/products/{made['id']}/variants/{made['id']}", made["id"], {"weight": 5}, said


async def _delete_product(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = await new_product(admin, stock=4)
    address = f"/api/products/{made['id']}"
    shown = exact(await admin.get(address))
    before = {**{name: shown[name] for name in shown.keys() - {"id", "updatedAt"}}, "variants": []}
    return address, made["id"], None, {"action": "product.deleted", "before": before, "after": {}}


async def _adjust_stock(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = await new_product(admin, stock=10)
    said = {
        "action": "product.stock-adjusted",
        "before": {"stock": 10},
        "after": {"stock": 7, "reason": "broken"},
    }
    return f"/api/products/{made['id']}/stock", made["id"], {"change": -3, "reason": "broken"}, said


async def _create_promo_code(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    code = a_name("CODE")
    after = {
        "code": code,
        "type": "fixed",
        "value": Number("5.00"),
        "currency": "USD",
        "used": False,
        "minSubtotal": None,
        "startsAt": None,
        "endsAt": "2030-01-01T00:00:00Z",
        "usageLimit": None,
        "perCustomerLimit": None,
        "itemIds": [],
        "categoryIds": [],
        "public": False,
        "active": True,
        "timesUsed": 0,
    }
    body = {"code": code, "type": "fixed", "value": 5, "endsAt": "2030-01-01T01:00:00+01:00"}
    said = {"action": "promo-code.created", "before": {}, "after": after}
    return "/api/promo-codes", code.lower(), body, said


async def _change_promo_code(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    code = await new_promo_code(admin)
    said = {
        "action": "promo-code.changed",
        "before": {"value": 10, "usageLimit": None},
        "after": {"value": 5, "usageLimit": 7},
    }
    return f"/api/promo-codes/{code}", code.lower(), {"value": 5, "usageLimit": 7}, said


async def _delete_promo_code(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    code = await new_promo_code(admin)
    before = (await admin.patch(f"/api/promo-codes/{code}", json={})).json()
    said = {"action": "promo-code.deleted", "before": before, "after": {}}
    return f"/api/promo-codes/{code}", code.lower(), None, said


async def _create_category(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    body = {"name": "Mugs", "slug": a_name("mugs").lower()}
    after = {**body, "parentId": None, "position": 0, "productCount": 0, "version": 1}
    return "/api/categories", "", body, {"action": "category.created", "before": {}, "after": after}


async def _change_category(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    category = await new_category(admin)
    said = {
        "action": "category.changed",
        "before": {"name": category["name"], "version": 1},
        "after": {"name": "Cups", "version": 2},
    }
    return f"/api/categories/{category['id']}", category["id"], {"name": "Cups"}, said


async def _delete_category(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    category = await new_category(admin)
    before = {name: value for name, value in category.items() if name != "id"}
    said = {"action": "category.deleted", "before": before, "after": {}}
    return f"/api/categories/{category['id']}", category["id"], None, said


async def _upload_picture(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    after = {"url": ANY, "alt": "", "width": 40, "height": 30, "widths": ANY, "createdAt": ANY, "version": 1}
    said = {"action": "picture.uploaded", "before": {}, "after": after}
    return "/api/admin/media", "", AS_FORM, said


async def _start_import(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    said = {"action": "import.started", "before": {}, "after": {"dryRun": False, "setStock": False}}
    return "/api/admin/imports", "", AS_FORM, said


async def _describe_picture(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = (await upload(admin)).json()
    said = {
        "action": "picture.changed",
        "before": {"alt": "", "version": 1},
        "after": {"alt": "A mug", "version": 2},
    }
    return f"/api/admin/media/{made['id']}", made["id"], {"alt": "A mug"}, said


async def _delete_picture(shop: ShopHarness, admin: httpx.AsyncClient) -> Write:
    made = exact(await upload(admin))
    before = {name: value for name, value in made.items() if name != "id"}
    said = {"action": "picture.deleted", "before": before, "after": {}}
    return f"/api/admin/media/{made['id']}", made["id"], None, said


def catalogue_writes() -> dict[tuple[str, str], Preparation]:
    """The writes by method and path."""
    return {
        ("POST", "/api/products"): _create_product,
        ("PUT", "/api/products/{product_id}"): _revise_product,
        ("PATCH", "/api/products/{product_id}"): _revise_product,
        ("PUT", "/api/products/{product_id}/variants"): _replace_variants,
        ("PATCH", "/api/products/{product_id}/variants/{variant_id}"): _revise_variant,
        ("DELETE", "/api/products/{product_id}"): _delete_product,
        ("POST", "/api/products/{product_id}/stock"): _adjust_stock,
        ("POST", "/api/categories"): _create_category,
        ("PATCH", "/api/categories/{category_id}"): _change_category,
        ("DELETE", "/api/categories/{category_id}"): _delete_category,
        ("POST", "/api/promo-codes"): _create_promo_code,
        ("PATCH", "/api/promo-codes/{code}"): _change_promo_code,
        ("DELETE", "/api/promo-codes/{code}"): _delete_promo_code,
        ("POST", "/api/admin/media"): _upload_picture,
        ("POST", "/api/admin/imports"): _start_import,
        ("PATCH", "/api/admin/media/{media_id}"): _describe_picture,
        ("DELETE", "/api/admin/media/{media_id}"): _delete_picture,
    }
