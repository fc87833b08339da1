"""Changing and deleting promo codes."""

from typing import Any

import httpx
import pytest

from tests.unit.promotions.test_promo_codes_http import BAD_TERMS, asked_for
from tests.unit.shopping import (
    Json,
    buy,
    new_product,
    new_promo_code,
    refused,
    times_used,
)

pytestmark = pytest.mark.anyio


async def test_changed_terms_apply_to_new_orders_only(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, price=10), await new_promo_code(admin, 10)
    order = await buy(ada, product, promoCode=code)
    changes: dict[str, Any] = {
        "type": "fixed",
        "value": 3.5,
        "minSubtotal": 5,
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2036-01-01T00:00:00Z",
        "usageLimit": 5,
        "perCustomerLimit": 5,
        "public": True,
    }
    changed = await admin.patch(f"/api/promo-codes/{code}", json=changes)
    assert changed.status_code == 200
    assert changed.json() == {
        **changes,
        "code": code,
        "currency": "USD",
        "used": False,
        "active": True,
        "timesUsed": 1,
        "itemIds": [],
        "categoryIds": [],
    }
    assert (await buy(ada, product, promoCode=code))["discount"] == 3.5
    assert (await ada.get(f"/api/orders/{order['id']}")).json() == order
    removed = dict.fromkeys(("minSubtotal", "startsAt", "endsAt", "usageLimit", "perCustomerLimit"))
    assert (await admin.patch(f"/api/promo-codes/{code}", json=removed)).json() == {
        **changed.json(), **removed, "timesUsed": 2
    }  # fmt: skip


@pytest.mark.parametrize(
    "terms", [terms for terms in BAD_TERMS if not {"code", "timesUsed"} & terms.keys()], ids=str
)
async def test_bad_changes_are_refused(admin: httpx.AsyncClient, terms: Json) -> None:
    code = await new_promo_code(admin)
    before = (await asked_for(admin, code)).json()
    details = refused(await admin.patch(f"/api/promo-codes/{code}", json=terms), 400, "VALIDATION_FAILED")
    assert details.keys() & terms.keys()
    assert (await asked_for(admin, code)).json() == before


async def test_changing_the_type_needs_a_value(admin: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, 50)
    refused(await admin.patch(f"/api/promo-codes/{code}", json={"type": "fixed"}), 400, "VALIDATION_FAILED")


async def test_a_limit_cannot_be_below_the_number_of_uses(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin, usageLimit=5)
    for _ in range(2):
        await buy(ada, product, promoCode=code)
    details = refused(
        await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 1}), 409, "LIMIT_BELOW_USES"
    )
    assert details["timesUsed"] == 2
    changed = await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 2})
    assert (changed.json()["usageLimit"], changed.json()["used"]) == (2, True)


async def test_a_code_is_deleted_and_past_orders_keep_it(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin)
    order = await buy(ada, product, promoCode=code)
    gone = await admin.delete(f"/api/promo-codes/{code}")
    assert (gone.status_code, gone.json()) == (200, {"ok": True})
    refused(await asked_for(ada, code), 404, "NOT_FOUND")
    refused(await admin.delete(f"/api/promo-codes/{code}"), 404, "NOT_FOUND")
    assert (await ada.get(f"/api/orders/{order['id']}")).json() == order
    cancelled = await ada.post(f"/api/orders/{order['id']}/cancel")
    assert cancelled.json()["order"]["status"] == "cancelled"
    again = await new_promo_code(admin, code=code)
    assert await times_used(admin, again) == 0
