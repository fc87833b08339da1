"""An account at each payment provider, against which the contract suite of payment providers runs."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from stripe import HTTPXClient

from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger
from shop.adapters.payments.stripe import StripePayments
from shop.adapters.security.secrets import RandomIds
from shop.application.ports.payments import CardOutcome, SignedEvent
from shop.contract.payment_provider import PaymentAccount
from shop.testing import ManualClock
from tests.stripe_server import StripeServer, stripe_server


class SandboxAccount:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.provider = SandboxPayments(MemorySandboxLedger(), self.clock, RandomIds())

    async def pay(self, intent_id: str) -> SignedEvent:
        return await self._confirm(intent_id, CardOutcome.SUCCEEDED)

    async def decline(self, intent_id: str) -> None:
        await self._confirm(intent_id, CardOutcome.FAILED)

    async def _confirm(self, intent_id: str, outcome: CardOutcome) -> SignedEvent:
        intent = await self.provider.intent(intent_id)
        assert intent is not None
        assert intent.client_secret is not None
        signed = await self.provider.confirm(intent.client_secret, outcome)
        assert signed is not None
        return signed

    def disconnect(self) -> None:
        self.provider.reachable = False


class StripeAccount:
    def __init__(self, server: StripeServer) -> None:
        self.clock = server.clock
        self.provider = StripePayments(
            server.secret_key, (server.webhook_secret,), ("card",), server.url, server.clock
        )
        self._server = server

    async def pay(self, intent_id: str) -> SignedEvent:
        self._server.pay(intent_id)
        [delivery] = self._server.deliveries("payment_intent.succeeded", of=intent_id)
        return SignedEvent(delivery.payload, delivery.signature, self.provider.name)

    async def decline(self, intent_id: str) -> None:
        self._server.decline(intent_id)

    def disconnect(self) -> None:
        self._server.down()


@pytest.fixture(params=["sandbox", "stripe"])
async def payment_account(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[PaymentAccount]:
    if request.param == "sandbox":
        yield SandboxAccount()
        return
    monkeypatch.setattr(HTTPXClient, "sleep_async", lambda _, __: asyncio.sleep(0))
    with stripe_server(clock=ManualClock()) as server:
        account = StripeAccount(server)
        yield account
        await account.provider.close()
