"""Order notes: staff can write and read them, customers cannot."""

import httpx
import pytest

from shop.domain.orders import note
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import Json, buy, new_product, order_of, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def order(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Json:
    return await buy(ada, await new_product(admin))


def notes_of(order: Json) -> str:
    return f"/api/admin/orders/{order['id']}/notes"


async def test_notes_are_shown_the_oldest_first_with_their_authors(
    shop: ShopHarness, admin: httpx.AsyncClient, order: Json
) -> None:
    assert (await admin.get(notes_of(order))).json() == {"items": []}
    first = await admin.post(notes_of(order), json={"text": "  Wants it\nbefore Friday.\u0007 "})
    assert first.status_code == 201
    assert first.json() == {
        "id": first.json()["id"],
        "text": "Wants it\nbefore Friday.",
        "author": "owner",
        "createdAt": f"{shop.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    shop.clock.advance(seconds=1)
    second = await admin.post(notes_of(order), json={"text": "Packed."})
    assert (await admin.get(notes_of(order))).json() == {"items": [first.json(), second.json()]}


async def test_the_buyer_never_sees_a_note(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, order: Json
) -> None:
    await admin.post(notes_of(order), json={"text": "a difficult one"})
    shown = await order_of(ada, order)
    assert "difficult" not in str(shown)
    assert "notes" not in shown
    refused(await ada.get(notes_of(order)), 403, "FORBIDDEN")
    refused(await ada.post(notes_of(order), json={"text": "mine"}), 403, "FORBIDDEN")
    refused(await shop.client.get(notes_of(order)), 401, "UNAUTHENTICATED")


async def test_a_note_is_neither_blank_nor_longer_than_2000_characters(
    admin: httpx.AsyncClient, order: Json
) -> None:
    for text in ("", "  \n ", "\u200b", "x" * 2_001):
        details = refused(await admin.post(notes_of(order), json={"text": text}), 400, "VALIDATION_FAILED")
        assert details.keys() == {"text"}
    refused(await admin.post(notes_of(order), json={}), 400, "VALIDATION_FAILED")
    assert (await admin.post(notes_of(order), json={"text": "x" * 2_000})).status_code == 201


async def test_an_unknown_order_has_no_notes(admin: httpx.AsyncClient) -> None:
    unknown = {"id": "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"}
    refused(await admin.get(notes_of(unknown)), 404, "NOT_FOUND")
    refused(await admin.post(notes_of(unknown), json={"text": "x"}), 404, "NOT_FOUND")


async def test_one_key_makes_one_note(admin: httpx.AsyncClient, order: Json) -> None:
    headers = {"Idempotency-Key": f"note of {order['id']}"}
    first, second = [
        await admin.post(notes_of(order), json={"text": "once"}, headers=headers) for _ in range(2)
    ]
    assert first.content == second.content
    assert len((await admin.get(notes_of(order))).json()["items"]) == 1


async def test_the_number_of_notes_of_an_order_is_limited() -> None:
    assert note.MAX_NOTES == 500
    async with shop_harness() as shop:
        shop.container.orders.add_order_note.add_kwargs(max_notes=2)
        admin = await shop.admin()
        order = await buy(await shop.customer("ada"), await new_product(admin))
        for _ in range(2):
            assert (await admin.post(notes_of(order), json={"text": "one of two"})).status_code == 201
        third = await admin.post(notes_of(order), json={"text": "a third"})
        assert refused(third, 409, "TOO_MANY_NOTES") == {"most": 2}
