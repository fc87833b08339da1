"""Canaries: planted secrets must not appear in logs, errors or metrics."""

import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import structlog

from shop.adapters.payments.stripe import StripePayments
from shop.domain.errors import Unavailable
from shop.domain.payments.payment import PaymentUnavailable
from shop.entrypoints.cli import logging_setup
from shop.entrypoints.logs import configure_logging, log_request
from shop.settings import LogFormat, Settings
from shop.settings.values import LogLevel
from tests.stripe_server import Delivery
from tests.stripe_shop import StripeShop, stripe_shop

pytestmark = pytest.mark.anyio

CARD = "4242424242424242"
CODE = "cvc-canary-737"


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """Everything that the shop's process would write, libraries included, at the level debug."""
    written = io.BytesIO()

    def into_memory(level: str, *, readable: bool) -> None:
        configure_logging(level, readable=readable, stream=written)

    monkeypatch.setattr(logging_setup, "configure_logging", into_memory)
    handlers, level = list(logging.root.handlers), logging.root.level
    form = LogFormat(request.param)
    logging_setup.configure_logs(Settings(jwt_secret="-" * 32, log_level=LogLevel.DEBUG, log_format=form))
    yield written
    structlog.reset_defaults()
    log_request.configure(None)
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture
async def talkative_shop(log: io.BytesIO) -> AsyncIterator[StripeShop]:
    async with stripe_shop() as shop:
        yield shop


async def test_logs_errors_and_metrics_contain_no_secrets(
    talkative_shop: StripeShop, log: io.BytesIO
) -> None:
    shop = talkative_shop
    answers = [
        *await _a_payments_life(shop),
        *await _failures_of_every_kind(shop),
        await shop.shop.client.get("/metrics"),
        await shop.shop.client.get("/health/ready"),
    ]
    client_secrets = [intent["client_secret"] for intent in shop.stripe.intents.values()]
    secrets = [shop.stripe.secret_key, *shop.stripe.webhook_secrets, CARD, CODE]
    written = log.getvalue().decode()
    assert "stripe_unavailable" in written
    assert "Traceback" in written
    assert not [secret for secret in (*secrets, *client_secrets) if secret in written]
    for answer in answers:
        # Only the buyer who requests the payment may see its client secret.
        is_the_buyers = answer.is_success and answer.request.url.path.endswith("/payment")
        told = f"{answer.headers!r} {answer.text}"
        assert not [secret for secret in secrets if secret in told]
        assert is_the_buyers or not [secret for secret in client_secrets if secret in told]
    assert not re.search(r"(sk|whsec)_[A-Za-z0-9_]{8}|_secret_[A-Za-z0-9]{8}", written)


async def _a_payments_life(shop: StripeShop) -> list[httpx.Response]:
    """Pay, refund and cancel orders. Return the answers, which must not contain a client secret."""
    order = await shop.order()
    shop.stripe.decline(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    shop.stripe.pay(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    unpaid = await shop.order()
    await shop.cancel(unpaid)
    late = await shop.order()
    shop.stripe.pay(shop.intent_id(late))
    await shop.work(minutes=31)
    return [
        await shop.refund(order, amount=5),
        await shop.refund(order, amount=500),
        await shop.admin.get(f"/api/orders/{order['id']}"),
        await shop.ada.get(f"/api/orders/{unpaid['id']}"),
    ]


async def _fault(shop: StripeShop, paid: Delivery) -> httpx.Response:
    """Let the shop fail on a webhook while it holds an intent. Return the answer."""
    provider = shop.shop.container.payments.stripe_payments()

    async def faulty(intent_id: str) -> Any:
        stated = shop.stripe.intents[intent_id]
        raise ZeroDivisionError(len(stated))

    provider.intent = faulty  # type: ignore[method-assign]
    answer = await shop.post(paid.payload, paid.signature)
    del provider.intent
    assert answer.status_code == 500
    return answer


async def _failures_of_every_kind(shop: StripeShop) -> list[httpx.Response]:
    order = await shop.order()
    intent_id, stripe = shop.intent_id(order), shop.stripe
    card: dict[str, Any] = {"card": {"number": CARD, "cvc": CODE}, "clientSecret": CARD}
    payload = b'{"id": "%s", "card": "%s"}' % (shop.stripe.secret_key.encode(), CARD.encode())
    answers = [
        await shop.ada.post(f"/api/orders/{order['id']}/payment?secret={CARD}", json=card),
        await shop.ada.post("/api/cart/checkout", json=card),
        await shop.post(payload, f"t=1,v1={CODE}"),
        await shop.post(payload, shop.stripe.sign(payload)),
    ]
    stripe.pay(intent_id)
    stripe.falsify(intent_id, amount_received=1)
    [paid] = shop.events_of(order, "payment_intent.succeeded")
    answers.append(await shop.post(paid.payload, paid.signature))
    stripe.fail_next("payment_intents.retrieve", 500)
    answers.append(await shop.post(paid.payload, paid.signature))
    stripe.falsify(intent_id, amount_received=None, metadata={"order_id": {}}, amount="no number")
    answers.append(await shop.post(paid.payload, paid.signature))
    assert answers[-1].status_code == 503
    answers.append(await _fault(shop, paid))
    other = await shop.order()
    for operation in ("payment_intents.create", "payment_intents.list", "payment_intents.cancel"):
        stripe.drop_next(operation, times=2)
    stripe.fail_next("payment_intents.retrieve", 500, times=2)
    answers += [
        await shop.ada.post(f"/api/orders/{other['id']}/payment"),
        await shop.ada.post(f"/api/orders/{other['id']}/cancel"),
    ]
    stripe.clear_faults()
    stripe.down()
    with suppress(Unavailable, ExceptionGroup):
        await shop.work(minutes=31)
    stripe.up()
    wrong = StripePayments(f"sk_test_{CODE}", (), ("card",), stripe.url, shop.shop.clock)
    with pytest.raises(PaymentUnavailable) as refused:
        await wrong.intent(intent_id)
    await wrong.close()
    assert CODE not in repr(refused.value)
    return answers
