"""Creating, listing and showing promo codes."""

from datetime import datetime

import httpx
import pytest

from tests.unit.shopping import (
    Json,
    Number,
    a_name,
    buy,
    exact,
    new_category,
    new_product,
    new_promo_code,
    refused,
)

pytestmark = pytest.mark.anyio

NO_CODES = [
    "NO-SUCH-CODE",
    "%20",
    "%C3%9F",
    "%F0%9F%9B%92",
    "a%2Fb",
    "'%20OR%201=1--",
    "%25",
    "a" * 2000,
    "..%2F",
]


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def asked_for(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.get(f"/api/promo-codes/{code}")


async def reason_of(client: httpx.AsyncClient, code: str) -> str | None:
    """Return why this customer can't use the code now; None if the customer can."""
    answer = await asked_for(client, code)
    if answer.status_code == 200:
        return None
    details = refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")
    assert details["promoCode"] == code
    return str(details["reason"])


async def test_a_code_needs_only_code_type_and_value(admin: httpx.AsyncClient) -> None:
    code = a_name("FEW")
    made = await admin.post("/api/promo-codes", json={"code": code, "type": "percent", "value": 10})
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/promo-codes/{code}"
    assert exact(made) == {
        "code": code,
        "type": "percent",
        "value": 10,
        "currency": "USD",
        "used": False,
        "minSubtotal": None,
        "startsAt": None,
        "endsAt": None,
        "usageLimit": None,
        "perCustomerLimit": None,
        "itemIds": [],
        "categoryIds": [],
        "public": False,
        "active": True,
        "timesUsed": 0,
    }
    assert (await admin.get(made.headers["location"])).json() == made.json()


async def test_a_code_is_shown_with_all_its_terms(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = a_name("Full_")
    mug = await new_product(admin)
    terms = {
        "code": code,
        "type": "fixed",
        "value": 4.5,
        "minSubtotal": 20,
        "startsAt": "2025-12-31T23:00:00+01:00",
        "endsAt": "2036-01-01T00:00:00Z",
        "usageLimit": 100,
        "perCustomerLimit": 1,
        "itemIds": [mug["id"]],
        "categoryIds": [(await new_category(admin))["id"]],
        "public": True,
        "active": True,
    }
    made = await admin.post("/api/promo-codes", json=terms)
    assert made.status_code == 201
    expected = {
        **terms,
        "value": Number("4.50"),
        "currency": "USD",
        "minSubtotal": Number("20.00"),
        "startsAt": "2025-12-31T22:00:00Z",
        "used": False,
        "timesUsed": 0,
    }
    assert exact(made) == expected
    assert exact(await asked_for(ada, code)) == expected


@pytest.mark.parametrize("code", ["abc", "A-b_9", "x" * 40])
async def test_valid_codes_are_accepted(admin: httpx.AsyncClient, code: str) -> None:
    body = {"code": code, "type": "percent", "value": 1}
    assert (await admin.post("/api/promo-codes", json=body)).status_code == 201


BAD_TERMS: list[Json] = [
    *(
        {"code": code}
        for code in ("", "ab", "x" * 41, "a b c", "é" * 5, "a/b/c", "abc\nd", "१२३", "ABC.", None, 12345)
    ),
    *({"type": kind} for kind in ("", "percentage", "PERCENT", None, 1, [])),
    *({"value": value} for value in (0, 101, -1, 10.5, "10", True, None, 10**30, [], {})),
    *({"type": "fixed", "value": value} for value in (0, -1, 19.999, 100_000_000.01, "5", True, None)),
    *({"minSubtotal": value} for value in (-0.01, 19.999, 100_000_000.01, "5", True, [])),
    *(
        {limit: value}
        for limit in ("usageLimit", "perCustomerLimit")
        for value in (0, -1, 1.5, "1", True, 2**31, 10**40)
    ),
    *(
        {"startsAt": at}
        for at in ("", "tomorrow", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", 0, True)
    ),
    *(
        {"endsAt": at}
        for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z")
    ),
    {"startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"},
    {"startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"},
    *({flag: value} for flag in ("public", "active") for value in (None, 1, "true", [])),
    *(
        {targets: value}
        for targets in ("itemIds", "categoryIds")
        for value in (None, "", ["nothing"], [""], ["x"] * 251, {})
    ),
    *({"type": "free_shipping", "value": value} for value in (0, 1, 10.5)),
    {"colour": "blue"},
    {"timesUsed": 0},
]


@pytest.mark.parametrize("terms", BAD_TERMS, ids=str)
async def test_bad_terms_are_refused(admin: httpx.AsyncClient, ada: httpx.AsyncClient, terms: Json) -> None:
    code = a_name("BAD")
    body = {"code": code, "type": "percent", "value": 10, **terms}
    details = refused(await admin.post("/api/promo-codes", json=body), 400, "VALIDATION_FAILED")
    assert details.keys() & terms.keys()
    refused(await asked_for(ada, code), 404, "NOT_FOUND")


@pytest.mark.parametrize("missing", ["code", "type", "value"])
async def test_code_type_and_value_are_required(admin: httpx.AsyncClient, missing: str) -> None:
    body = {"code": a_name("HALF"), "type": "percent", "value": 10}
    del body[missing]
    details = refused(await admin.post("/api/promo-codes", json=body), 400, "VALIDATION_FAILED")
    assert details == {missing: "is required"}


async def test_codes_are_unique_ignoring_case(admin: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, code=a_name("Taken"))
    body = {"code": code.swapcase(), "type": "fixed", "value": 1}
    assert refused(await admin.post("/api/promo-codes", json=body), 409, "PROMO_CODE_TAKEN") == {
        "code": "is taken"
    }


async def test_codes_are_found_and_used_ignoring_case(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    code = await new_promo_code(admin, code=a_name("Summer"))
    found = await asked_for(ada, code.swapcase())
    assert found.json()["code"] == code
    order = await buy(ada, await new_product(admin), promoCode=code.swapcase())
    assert order["promoCode"] == code
    changed = await admin.patch(f"/api/promo-codes/{code.swapcase()}", json={"public": True})
    assert (changed.json()["code"], changed.json()["timesUsed"]) == (code, 1)


@pytest.mark.parametrize("code", NO_CODES)
async def test_an_unknown_code_is_not_found(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, code: str
) -> None:
    refused(await asked_for(ada, code), 404, "NOT_FOUND")
    refused(await admin.patch(f"/api/promo-codes/{code}", json={}), 404, "NOT_FOUND")
    refused(await admin.delete(f"/api/promo-codes/{code}"), 404, "NOT_FOUND")


async def test_managing_codes_needs_an_admin(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin)
    body = {"code": a_name("MINE"), "type": "percent", "value": 100}
    for answer in (
        await ada.post("/api/promo-codes", json=body),
        await ada.get("/api/promo-codes?page=1"),
        await ada.patch(f"/api/promo-codes/{code}", json={"value": 100}),
        await ada.delete(f"/api/promo-codes/{code}"),
    ):
        refused(answer, 403, "FORBIDDEN")
    assert (await asked_for(ada, code)).json()["value"] == 10


async def test_pages_list_every_code_once_in_order_of_creation(admin: httpx.AsyncClient) -> None:
    codes = [await new_promo_code(admin) for _ in range(3)]
    total = (await admin.get("/api/promo-codes?page=1&limit=1")).json()["total"]
    listed: list[Json] = []
    for page in range(1, total // 2 + 2):
        answer = await admin.get(f"/api/promo-codes?page={page}&limit=2")
        assert answer.status_code == 200
        assert (answer.json()["page"], answer.json()["limit"], answer.json()["total"]) == (page, 2, total)
        listed += answer.json()["items"]
    names = [code["code"] for code in listed]
    assert len(names) == len(set(names)) == total
    assert [name for name in names if name in codes] == codes
    assert listed[-1] == (await asked_for(admin, codes[-1])).json()


async def test_free_shipping_has_no_value(admin: httpx.AsyncClient) -> None:
    code = a_name("SHIP")
    made = await admin.post("/api/promo-codes", json={"code": code, "type": "free_shipping"})
    assert made.status_code == 201
    assert (made.json()["type"], made.json()["value"]) == ("free_shipping", None)
    sent_back = await admin.patch(f"/api/promo-codes/{code}", json=made.json())
    assert (sent_back.status_code, sent_back.json()) == (200, made.json())
    taken_off = await admin.patch(f"/api/promo-codes/{code}", json={"type": "percent", "value": 5})
    assert taken_off.json()["value"] == 5
    free_again = await admin.patch(f"/api/promo-codes/{code}", json={"type": "free_shipping"})
    assert free_again.json()["value"] is None


@pytest.mark.parametrize("value", [5, 0])
async def test_free_shipping_takes_no_value(admin: httpx.AsyncClient, value: int) -> None:
    code = await new_promo_code(admin)
    changes = {"type": "free_shipping", "value": value}
    details = refused(await admin.patch(f"/api/promo-codes/{code}", json=changes), 400, "VALIDATION_FAILED")
    assert details == {"value": "must be left out"}
