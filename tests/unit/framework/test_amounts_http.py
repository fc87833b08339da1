"""Amounts of money in requests and answers."""

import json
from typing import Any

import httpx
import pytest

from shop.domain.money import Currency
from shop.testing import shop_harness
from tests.unit.framework.test_everywhere_http import BAD_AMOUNTS
from tests.unit.shopping import (
    Number,
    check_out,
    exact,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
@pytest.mark.parametrize("field", ["price", "compareAtPrice"])
async def test_invalid_amounts_are_refused_as_prices(
    admin: httpx.AsyncClient, field: str, amount: str
) -> None:
    product = await new_product(admin)
    address = f"/api/products/{product['id']}"
    others = {"name": "Mug"} if field == "price" else {"name": "Mug", "price": 1}
    body = json.dumps(others)[:-1] + f', "{field}": {amount}}}'
    for method, path in (("POST", "/api/products"), ("PUT", address), ("PATCH", address)):
        details = refused(await admin.request(method, path, content=body), 400, "VALIDATION_FAILED")
        assert details.keys() == {field}
    assert (await admin.get(address)).json() == product


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "0x10", "1.", ".5", "01", "1_000"])
async def test_non_json_numbers_are_refused(admin: httpx.AsyncClient, amount: str) -> None:
    body = f'{{"name": "Mug", "price": {amount}}}'
    refused(await admin.post("/api/products", content=body), 400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    ("amount", "digits"),
    [
        ("0", "0.00"),
        ("0.01", "0.01"),
        ("25.9", "25.90"),
        ("25.990", "25.99"),
        ("1e2", "100.00"),
        ("0.1", "0.10"),
        ("100000000", "100000000.00"),
        ("99999999.99", "99999999.99"),
        ("4503599.63", "4503599.63"),
        ("-0", "0.00"),
    ],
)
async def test_amounts_are_exact(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, amount: str, digits: str
) -> None:
    made = await admin.post("/api/products", content=f'{{"name": "Mug", "price": {amount}, "stock": 1}}')
    assert made.status_code == 201
    assert exact(made)["price"] == Number(digits)
    await put_into_cart(ada, made.json())
    cart = exact(await ada.get("/api/cart"))
    assert cart["items"][0]["unitPrice"] == cart["items"][0]["lineTotal"] == cart["total"] == Number(digits)


@pytest.mark.parametrize("currency", ["EUR", "usd", "", "DOLLAR", 1, True])
async def test_a_shop_sells_in_one_currency(admin: httpx.AsyncClient, currency: Any) -> None:
    body = {"name": "Mug", "price": 1, "currency": currency}
    assert "currency" in refused(await admin.post("/api/products", json=body), 400, "VALIDATION_FAILED")
    assert (await admin.post("/api/products", json={**body, "currency": "USD"})).status_code == 201


@pytest.mark.parametrize(
    ("currency", "price", "finer", "total"), [("JPY", 500, 500.5, 1350), ("KWD", 1.23, 1.2305, 3.32)]
)
async def test_amounts_have_the_decimals_of_the_currency(
    currency: str, price: float, finer: float, total: float
) -> None:
    async with shop_harness(currency=Currency(currency)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        refused(
            await owner.post("/api/products", json={"name": "Mug", "price": finer}), 400, "VALIDATION_FAILED"
        )
        product = await new_product(owner, price=price)
        await put_into_cart(ada, product, 3)
        order = await check_out(ada, promoCode=await new_promo_code(owner, 10), expectedTotal=total)
        assert (order["currency"], order["total"]) == (currency, total)
        shown = exact(await ada.get(f"/api/orders/{order['id']}"))
        assert shown["items"][0]["unitPrice"] == (500 if currency == "JPY" else Number("1.230"))
        assert shown["refundedTotal"] == (0 if currency == "JPY" else Number("0.000"))


@pytest.mark.parametrize("currency", ["BHD", "JOD", "KWD", "OMR", "TND"])
async def test_every_amount_is_a_multiple_of_the_currencys_payable_step(currency: str) -> None:
    async with shop_harness(currency=Currency(currency)) as shop:
        owner, ada = await shop.admin(), await shop.customer()
        finer = {"name": "Mug", "price": 1.995}
        details = refused(await owner.post("/api/products", json=finer), 400, "VALIDATION_FAILED")
        assert details == {"price": "must be a multiple of 0.010"}
        product = await new_product(owner, price=1.99, compareAtPrice=2.995)
        path = f"/api/products/{product['id']}"
        refused(await owner.patch(path, json={"price": 1.995}), 400, "VALIDATION_FAILED")
        refused(await owner.put(path, json={**finer, "name": "Mug"}), 400, "VALIDATION_FAILED")
        fixed = {"code": "FINER", "type": "fixed", "value": 0.005}
        details = refused(await owner.post("/api/promo-codes", json=fixed), 400, "VALIDATION_FAILED")
        assert details == {"value": "must be a multiple of 0.010"}
        await put_into_cart(ada, product, 3)
        order = await check_out(ada, promoCode=await new_promo_code(owner, 15))
        assert (order["discount"], order["total"]) == (0.9, 5.07)
