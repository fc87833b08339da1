"""`/api/users/me/addresses`."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import Json, a_name, refused

pytestmark = pytest.mark.anyio

PATH = "/api/users/me/addresses"
PARIS = {"name": "Ada", "line1": "1 rue de la Paix", "city": "Paris", "country": "fr"}
EMPTY = dict.fromkeys(("label", "company", "line2", "region", "postalCode", "phone"))


async def added(client: httpx.AsyncClient, **fields: Any) -> Json:
    answer = await client.post(PATH, json={**PARIS, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def items(client: httpx.AsyncClient) -> list[Json]:
    answer = await client.get(PATH)
    assert answer.json().keys() == {"items"}
    return list(answer.json()["items"])


async def test_an_address_has_all_its_fields(ada: httpx.AsyncClient) -> None:
    assert await items(ada) == []
    body = {
        "label": " Work ",
        "name": "Ada Lovelace",
        "company": "Analytical Engines",
        "line1": "12 St James's Square",
        "line2": "Second floor",
        "city": "London",
        "region": "Greater London",
        "postalCode": "SW1Y 4JH",
        "country": "GB",
        "phone": "+44 20 7946 0000",
        "isDefault": False,
    }
    answer = await ada.post(PATH, json=body)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PATH}/{made['id']}"
    assert made == {
        **body,
        "label": "Work",
        "isDefault": True,
        "id": made["id"],
        "createdAt": made["createdAt"],
    }
    shown = await ada.get(answer.headers["Location"])
    assert shown.json() == made
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert await items(ada) == [made]
    assert (
        await ada.get(shown.url.path, headers={"If-None-Match": shown.headers["ETag"]})
    ).status_code == 304


async def test_a_country_is_its_code_and_the_rest_may_be_left_out(ada: httpx.AsyncClient) -> None:
    made = await added(ada)
    assert made == {
        **PARIS,
        **EMPTY,
        "country": "FR",
        "isDefault": True,
        "id": made["id"],
        "createdAt": made["createdAt"],
    }


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"name": "\N{ZERO WIDTH SPACE}"}, "name"),
        ({"line1": ""}, "line1"),
        ({"city": None}, "city"),
        ({"country": "XX"}, "country"),
        ({"country": ""}, "country"),
        ({"postalCode": "x" * 201}, "postalCode"),
        ({"label": "x" * 101}, "label"),
        ({"isDefault": None}, "isDefault"),
        ({"fax": "1"}, "fax"),
    ],
)
async def test_rule_violations_name_the_field(ada: httpx.AsyncClient, fields: Json, wrong: str) -> None:
    made = await added(ada)
    for answer in (
        await ada.post(PATH, json={**PARIS, **fields}),
        await ada.put(f"{PATH}/{made['id']}", json={**PARIS, **fields}),
    ):
        assert refused(answer, 400, "VALIDATION_FAILED").keys() == {wrong}
    for field in PARIS:
        body = {name: value for name, value in PARIS.items() if name != field}
        assert refused(await ada.post(PATH, json=body), 400, "VALIDATION_FAILED") == {field: "is required"}
    assert await items(ada) == [made]


async def test_a_put_replaces_the_address_but_keeps_the_default(ada: httpx.AsyncClient) -> None:
    first, second = await added(ada, company="Acme", label="Home"), await added(ada)
    answer = await ada.put(f"{PATH}/{first['id']}", json={**PARIS, "city": "Lyon"})
    assert answer.json() == {**first, "company": None, "label": None, "city": "Lyon"}
    assert answer.json()["isDefault"] is True
    answer = await ada.put(f"{PATH}/{second['id']}", json={**second, "isDefault": True})
    assert answer.json() == {**second, "isDefault": True}
    assert [each["isDefault"] for each in await items(ada)] == [False, True]
    await ada.put(f"{PATH}/{second['id']}", json={**second, "isDefault": False})
    assert [each["isDefault"] for each in await items(ada)] == [False, True]


async def test_a_stale_version_is_refused(ada: httpx.AsyncClient) -> None:
    made = await added(ada)
    path = f"{PATH}/{made['id']}"
    etag = {"If-Match": (await ada.get(path)).headers["ETag"]}
    changed = await ada.put(path, json={**PARIS, "city": "Lyon"}, headers=etag)
    assert changed.status_code == 200
    refused(await ada.put(path, json=PARIS, headers=etag), 412, "PRECONDITION_FAILED")
    refused(await ada.delete(path, headers=etag), 412, "PRECONDITION_FAILED")
    assert (await ada.delete(path, headers={"If-Match": changed.headers["ETag"]})).json() == {"ok": True}
    assert await items(ada) == []


async def test_deleting_the_default_makes_the_oldest_the_default(ada: httpx.AsyncClient) -> None:
    made = [await added(ada) for _ in range(3)]
    assert (await ada.delete(f"{PATH}/{made[0]['id']}")).json() == {"ok": True}
    left = await items(ada)
    assert [each["id"] for each in left] == [made[1]["id"], made[2]["id"]]
    assert [each["isDefault"] for each in left] == [True, False]


async def test_twenty_known_addresses_are_remembered(ada: httpx.AsyncClient) -> None:
    for _ in range(20):
        await added(ada)
    refused(await ada.post(PATH, json=PARIS), 409, "ADDRESS_BOOK_FULL")
    assert len(await items(ada)) == 20


async def test_a_retried_addition_happens_once(ada: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    first, again = [await ada.post(PATH, json=PARIS, headers=key) for _ in range(2)]
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.headers["ETag"], again.headers["Location"]) == (
        first.headers["ETag"],
        first.headers["Location"],
    )
    assert len(await items(ada)) == 1


async def test_other_users_addresses_are_not_found(
    shop: ShopHarness, ada: httpx.AsyncClient, bob: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    made = await added(ada)
    path = f"{PATH}/{made['id']}"
    for other in (bob, admin):
        refused(await other.get(path), 404, "NOT_FOUND")
        refused(await other.put(path, json=PARIS), 404, "NOT_FOUND")
        refused(await other.delete(path), 404, "NOT_FOUND")
        assert await items(other) == []
    refused(await shop.client.get(path), 401, "UNAUTHENTICATED")
    assert await items(ada) == [made]


async def test_closing_an_account_deletes_its_addresses(shop: ShopHarness, ada: httpx.AsyncClient) -> None:
    user_id = (await ada.get("/api/auth/me")).json()["id"]
    await added(ada)
    await ada.delete("/api/users/me")
    book = await shop.container.storage.address_books.of_user(user_id)
    assert book.addresses == ()


async def test_staff_see_a_customer_s_addresses_and_figures(shop: ShopHarness) -> None:
    username = a_name("customer")
    customer = await shop.customer(username)
    address = await added(customer, label="Home")
    admin = await shop.admin(a_name("owner"))
    assert (await admin.get(f"/api/users/{username}/addresses")).json() == {"items": [address]}
    figures = (await admin.get(f"/api/admin/statistics/customers/{username}")).json()
    assert figures == (await customer.get("/api/orders/statistics")).json()
    for path in (f"/api/users/{username}/addresses", f"/api/admin/statistics/customers/{username}"):
        refused(await customer.get(path), 403, "FORBIDDEN")
        refused(await admin.get(path.replace(username, "nobody")), 404, "NOT_FOUND")
