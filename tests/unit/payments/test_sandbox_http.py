"""The contract on the sandbox's payments: the simulated card."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import Number, buy, exact, history_of, new_product, order_of, refused

pytestmark = pytest.mark.anyio

NO_SECRETS = ["x", "%20", "%C3%A9", "a%2Fb", "pi_sandbox_1_secret_1", "'%20OR%201=1--", "a" * 2000, "*"]


def address(order: Any) -> str:
    return f"/api/sandbox/payments/{order['payment']['clientSecret']}"


async def test_the_client_secret_shows_the_payment(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin, price=12.5), 2)
    shown = await shop.client.get(address(order))
    assert shown.status_code == 200
    assert exact(shown) == {"status": "pending", "amount": Number("25.00"), "currency": "USD"}


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", "paid"), ("failed", "failed")])
async def test_the_order_is_updated_before_the_response(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, outcome: str, status: str
) -> None:
    order = await buy(ada, await new_product(admin))
    played = await shop.client.post(f"{address(order)}/confirm", json={"outcome": outcome})
    assert played.status_code == 200
    assert played.json()["status"] == outcome
    now = await order_of(ada, order)
    assert (now["status"], now["payment"]["status"]) == (status, outcome)
    assert (await shop.client.get(address(order))).json()["status"] == outcome


async def test_a_declined_card_can_be_retried(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    for outcome in ("failed", "failed", "succeeded"):
        assert (await shop.pay(order, outcome)).json()["status"] == outcome
    assert history_of(await order_of(ada, order)) == ["pending", "failed", "paid"]


async def test_a_test_can_decline_the_next_card(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.decline_next()
    assert (await shop.pay(order)).json()["status"] == "failed"
    assert (await shop.pay(order)).json()["status"] == "succeeded"


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
async def test_a_final_payment_keeps_its_outcome(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, outcome: str
) -> None:
    product = await new_product(admin)
    cancelled, paid = await buy(ada, product), await buy(ada, product)
    await ada.post(f"/api/orders/{cancelled['id']}/cancel")
    answer = await shop.pay(cancelled, outcome)
    assert refused(answer, 409, "PAYMENT_NOT_CONFIRMABLE") == {"status": "cancelled"}
    await shop.pay(paid)
    before = await order_of(ada, paid)
    answer = await shop.pay(paid, outcome)
    assert answer.status_code == (200 if outcome == "succeeded" else 409)
    assert await order_of(ada, paid) == before


@pytest.mark.parametrize("secret", NO_SECRETS)
async def test_a_wrong_client_secret_is_not_found(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, secret: str
) -> None:
    await buy(ada, await new_product(admin))  # a payment that no wrong secret may find
    refused(await shop.client.get(f"/api/sandbox/payments/{secret}"), 404, "NOT_FOUND")
    confirmed = await shop.client.post(
        f"/api/sandbox/payments/{secret}/confirm", json={"outcome": "succeeded"}
    )
    refused(confirmed, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        {"outcome": "paid"},
        {"outcome": None},
        {"outcome": True},
        {"outcome": ["succeeded"]},
        {"outcome": "succeeded", "amount": 1},
        {"outcome": "cancelled"},
    ],
)
async def test_a_confirmation_has_exactly_one_outcome(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, body: Any
) -> None:
    order = await buy(ada, await new_product(admin))
    refused(await shop.client.post(f"{address(order)}/confirm", json=body), 400, "VALIDATION_FAILED")
    assert await order_of(ada, order) == order


async def test_a_payment_during_a_provider_outage_is_applied_later(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin))
    shop.payments.reachable = False
    answer = await shop.pay(order)
    refused(answer, 503, "PAYMENT_PROVIDER_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    assert (await order_of(ada, order))["status"] == "pending"
    shop.payments.reachable = True
    shop.clock.advance(minutes=2)
    await shop.work()
    assert (await order_of(ada, order))["status"] == "paid"
