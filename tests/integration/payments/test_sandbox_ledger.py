"""The sandbox's ledger behaves the same on every storage."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.adapters.payments.sandbox_ledger import SandboxIntent, SandboxRefund
from shop.contract.order_samples import NOW, ids
from shop.domain.payments.payment import PaymentStatus

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


def a_sandbox_intent(number: int, **fields: Any) -> SandboxIntent:
    intent = SandboxIntent(
        id=f"pi_{number}",
        order_id=ids.new_id(),
        attempt=1,
        amount=1000,
        currency="USD",
        client_secret=f"secret {number}",
        status=PaymentStatus.PENDING,
        created_at=NOW + number * SECOND,
    )
    return replace(intent, **fields)


class TestSandboxLedger:
    async def test_intents_are_listed_by_the_time_of_their_creation(self, storage: Any) -> None:
        made = [a_sandbox_intent(number) for number in range(5)]
        for intent in made:
            assert await storage.sandbox_ledger.add(intent) == intent

        async def between(start: int, end: int) -> list[SandboxIntent]:
            span = storage.sandbox_ledger.between(NOW + start * SECOND, NOW + end * SECOND)
            return [intent async for intent in span]

        assert await between(1, 3) == made[1:3]
        assert await between(-9, 99) == made
        assert await between(2, 2) == await between(5, 9) == []

    async def test_refunds_are_recorded_once_and_never_exceed_the_payment(self, storage: Any) -> None:
        ledger = storage.sandbox_ledger
        paid = a_sandbox_intent(1, status=PaymentStatus.SUCCEEDED)
        for intent in (paid, a_sandbox_intent(2, status=PaymentStatus.SUCCEEDED), a_sandbox_intent(3)):
            await ledger.add(intent)
        refunds = [SandboxRefund(ids.new_id(), paid.id, amount) for amount in (300, 700)]
        for refund in (refunds[1], refunds[0], refunds[1]):
            assert await ledger.refund(refund)
        assert not await ledger.refund(SandboxRefund(ids.new_id(), paid.id, 1)), "nothing is left"
        assert not await ledger.refund(SandboxRefund(ids.new_id(), "pi_3", 1)), "the intent is not paid"
        assert await ledger.refunds_of(paid.id) == refunds
        assert await ledger.refunds_of("pi_3") == await ledger.refunds_of("pi") == []
        assert (await ledger.by_id(paid.id)).refunded == 1000
