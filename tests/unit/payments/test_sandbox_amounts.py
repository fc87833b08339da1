"""The sandbox accepts only amounts that Stripe accepts."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.sandbox_ledger import MemorySandboxLedger
from shop.adapters.payments.stripe import StripePayments
from shop.adapters.security.secrets import RandomIds
from shop.contract.order_samples import NOW, ids
from shop.domain.payments.payment import PaymentStatus, TotalNotPayable
from shop.domain.payments.refund import Refund, RefundStatus
from shop.testing import ManualClock

CURRENCIES = ["USD", "EUR", "JPY", "BHD", "KWD", "TND", "ISK", "MGA", "HUF", "XTS"]


def a_sandbox() -> tuple[SandboxPayments, MemorySandboxLedger]:
    ledger = MemorySandboxLedger()
    return SandboxPayments(ledger, ManualClock(), RandomIds()), ledger


def refuses(check: Callable[[int, str], None], amount: int, currency: str) -> bool:
    try:
        check(amount, currency)
    except TotalNotPayable:
        return True
    return False


@given(st.integers(min_value=1, max_value=2 * 10**8), st.sampled_from(CURRENCIES))
def test_the_sandbox_refuses_the_amounts_that_stripe_refuses(amount: int, currency: str) -> None:
    sandbox, _ = a_sandbox()
    stripe = StripePayments("sk_test", (), (), "http://nowhere.test", ManualClock())
    for check in ("ensure_payable", "ensure_refundable"):
        answers = {refuses(getattr(provider, check), amount, currency) for provider in (sandbox, stripe)}
        assert len(answers) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("amount", "currency"), [(49, "USD"), (100_000_000, "USD"), (3335, "KWD"), (1_000_000, "ISK")]
)
async def test_no_intent_is_created_for_a_refused_amount(amount: int, currency: str) -> None:
    sandbox, ledger = a_sandbox()
    with pytest.raises(TotalNotPayable):
        await sandbox.create_intent("order", 1, amount, currency)
    assert await ledger.of_order("order") == []


@pytest.mark.anyio
async def test_no_refund_is_created_for_an_amount_that_is_no_multiple_of_the_step() -> None:
    sandbox, ledger = a_sandbox()
    intent = await sandbox.create_intent("order", 1, 10_000, "KWD")
    await ledger.move(intent.id, PaymentStatus.SUCCEEDED)
    pending = RefundStatus.PENDING
    with pytest.raises(TotalNotPayable):
        await sandbox.refund(Refund(ids.new_id(), "order", intent.id, 3335, None, False, pending, NOW), "KWD")
    assert await sandbox.refunds_of(intent.id) == []
