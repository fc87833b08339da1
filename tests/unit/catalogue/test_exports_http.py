"""The exports: products, orders and customers as CSV."""

import csv
from collections.abc import AsyncIterator

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.application.framework.csv_text import csv_text, quoted_formula, unquoted_formula
from shop.application.framework.transactions import REQUEST_SECONDS, in_batches, seconds_left, wait_budget
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import new_product, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def rows_of(client: httpx.AsyncClient, name: str) -> list[dict[str, str]]:
    answer = await client.get(f"/api/admin/exports/{name}.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    return list(csv.DictReader(answer.text.splitlines(keepends=True)))


async def test_a_product_has_one_row_per_variant(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    clothing = (await admin.post("/api/categories", json={"name": "Clothing"})).json()
    shirts = (
        await admin.post("/api/categories", json={"name": "Tees | tops", "parentId": clothing["id"]})
    ).json()
    variants = [
        {"options": {"Size": "S"}, "sku": "TEE-S", "stock": 2, "weight": 120},
        {"options": {"Size": "M"}, "price": 13, "compareAtPrice": 15, "active": False},
    ]
    fields = {
        "name": "Tee",
        "description": 'Soft, "light"\nand warm',
        "options": ["Size"],
        "variants": variants,
    }
    made = await admin.post(
        "/api/products",
        json={
            **fields,
            "price": 12.5,
            "categoryIds": [shirts["id"], clothing["id"]],
            "attributes": {"Wool": True},
        },
    )
    assert made.status_code == 201, made.text
    await new_product(admin, name="Hidden", active=False)
    first, second, hidden = await rows_of(admin, "products")
    assert {name: value for name, value in first.items() if value} == {
        "Handle": "tee",
        "Name": "Tee",
        "Description": 'Soft, "light"\nand warm',
        "Categories": "Clothing > Tees \\| tops | Clothing",
        "Attributes": '{"Wool":true}',
        "Active": "TRUE",
        "Requires shipping": "TRUE",
        "Tax class": "standard",
        "Withdrawable": "TRUE",
        "Option1 name": "Size",
        "Option1 value": "S",
        "SKU": "TEE-S",
        "Price": "12.50",
        "Stock": "2",
        "Weight (g)": "120",
        "Variant active": "TRUE",
    }
    assert {name: value for name, value in second.items() if value} == {
        "Handle": "tee",
        "Option1 name": "Size",
        "Option1 value": "M",
        "Price": "13.00",
        "Compare-at price": "15.00",
        "Stock": "0",
        "Variant active": "FALSE",
    }
    assert (hidden["Handle"], hidden["Active"]) == ("hidden", "FALSE")


async def test_an_order_has_one_row_per_line_and_its_amounts_once(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    ada = await shop.customer("ada")
    mug, cup = await new_product(admin, name="Mug", price=12.5), await new_product(admin, name="Cup", price=3)
    items = [{"itemId": mug["id"], "quantity": 2}, {"itemId": cup["id"], "quantity": 1}]
    body = {"items": items, "contact": {"name": "=cmd|' /C calc'!A0", "phone": "+49 30 1"}}
    placed = await ada.post("/api/orders", json=body)
    assert placed.status_code == 201, placed.text
    first, second = await rows_of(admin, "orders")
    assert first["Order"] == second["Order"] == placed.json()["order"]["number"]
    assert (first["Total"], second["Total"]) == ("28.00", "")
    assert (first["Username"], first["Name"], first["Phone"]) == ("ada", "'=cmd|' /C calc'!A0", "'+49 30 1")
    assert {row["Item"]: row["Line total"] for row in (first, second)} == {"Mug": "25.00", "Cup": "3.00"}


async def test_customers_are_listed_without_secrets(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await shop.customer("ada")
    rows = await rows_of(admin, "customers")
    assert [(row["Username"], row["Role"]) for row in rows] == [("owner", "admin"), ("ada", "customer")]
    assert [*rows[0]] == [
        "ID",
        "Username",
        "Name",
        "Email",
        "Email verified",
        "Role",
        "Active",
        "Signed up at",
    ]


async def test_each_export_needs_its_permission(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    for name, permission in (("products", "catalogue"), ("orders", "orders"), ("customers", "customers")):
        body = {"name": name, "permissions": [f"{permission}:read"]}
        secret = (await admin.post("/api/admin/api-keys", json=body)).json()["secret"]
        key = await shop.open_client({"Authorization": f"Bearer {secret}"})
        for other in ("products", "orders", "customers"):
            answer = await key.get(f"/api/admin/exports/{other}.csv")
            if other == name:
                assert answer.status_code == 200
            else:
                refused(answer, 403, "FORBIDDEN")


async def test_a_byte_order_mark_is_added_on_request(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/api/admin/exports/products.csv?bom=true")
    assert answer.content.startswith(b"\xef\xbb\xbfHandle,")
    assert (await admin.get("/api/admin/exports/products.csv")).content.startswith(b"Handle,")


async def test_exports_read_in_batches(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    rooms = shop.container
    for export in (
        rooms.catalogue.export_products,
        rooms.orders.export_orders,
        rooms.accounts.export_customers,
    ):
        export.add_kwargs(batch_size=2)
    for number in range(5):
        product = await new_product(admin, name=f"Mug {number}")
        customer = await shop.customer(f"customer{number}")
        items = [{"itemId": product["id"], "quantity": 1}]
        assert (await customer.post("/api/orders", json={"items": items})).status_code == 201
    assert [row["Name"] for row in await rows_of(admin, "products")] == [
        f"Mug {number}" for number in range(5)
    ]
    assert [row["Item"] for row in await rows_of(admin, "orders")] == [f"Mug {number}" for number in range(5)]
    assert len(await rows_of(admin, "customers")) == 6


async def test_every_batch_of_a_long_answer_has_its_own_time_budget() -> None:
    async def batches() -> AsyncIterator[float]:
        for _ in range(2):
            yield seconds_left()

    with wait_budget(0.1):
        assert [left async for left in in_batches(batches())] == [REQUEST_SECONDS] * 2
        assert seconds_left() <= 0.1


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-3", "'-3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("Mug = cup", "Mug = cup"),
        ("", ""),
    ],
)
def test_formulas_are_quoted_and_unquoted(text: str, quoted: str) -> None:
    assert quoted_formula(text) == quoted
    assert unquoted_formula(quoted) == text


def test_cells_keep_commas_quotes_and_line_breaks() -> None:
    row = ['a,b "c"', "two\r\nlines", "old\rMac", " x "]
    text = csv_text([row])
    assert next(csv.reader([*text.splitlines(keepends=True)])) == row
