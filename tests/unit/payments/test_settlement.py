"""Settlement: what a provider's statement about one payment changes in its order."""

from dataclasses import replace

import pytest

from shop.application.payments.dispute_settlement import apply_disputes
from shop.application.payments.refund_settlement import apply_refunds
from shop.application.payments.settlement import Settlement
from shop.application.ports.payments import ProviderDispute, ProviderRefund
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.payment import Intent, PaymentStatus
from shop.domain.payments.refund import RefundStatus
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import buy, new_product

pytestmark = pytest.mark.anyio


async def open_order(shop: ShopHarness, work: UnitOfWork, order_id: str) -> Settlement:
    payments = shop.container.payments
    settlement = await Settlement.open(
        work, order_id, payments.ids(), shop.clock.now(), payments.order_events()
    )
    assert settlement is not None
    return settlement


async def test_a_cancelled_payment_of_an_earlier_attempt_does_not_finish_the_cancellation() -> None:
    async with shop_harness() as shop:
        order = await buy(await shop.customer(), await new_product(await shop.admin()))
        payments, unit_of_work = shop.container.payments, shop.container.storage.unit_of_work
        async with unit_of_work() as work:
            settlement = await open_order(shop, work, order["id"])
            settlement.order = settlement.order.next_attempt()
            await settlement.begin_cancelling(CancellationReason.CUSTOMER)
            await settlement.save()
        async with unit_of_work() as work:
            settlement = await open_order(shop, work, order["id"])
            [first] = settlement.ledger.payments
            stated = Intent(
                first.intent_id, PaymentStatus.CANCELLED, first.amount, first.currency, order["id"], attempt=1
            )
            [provider] = payments.payment_providers()
            await settlement.apply_intent(stated, provider.account)
            assert settlement.order.status is OrderStatus.CANCELLING
            await settlement.save()
        await payments.cancel_order().advance(order["id"])
        async with unit_of_work() as work:
            settlement = await open_order(shop, work, order["id"])
        assert settlement.order.status is OrderStatus.CANCELLED
        assert [(each.attempt, each.status) for each in settlement.ledger.payments] == [
            (1, PaymentStatus.CANCELLED),
            (2, PaymentStatus.CANCELLED),
        ]


async def test_a_failed_refund_that_a_lost_dispute_left_uncounted_takes_nothing_back() -> None:
    async with shop_harness() as shop:
        product = await new_product(await shop.admin(), price=10)
        order = await buy(await shop.customer(), product)
        [provider] = shop.container.payments.payment_providers()
        at = shop.clock.now()
        async with shop.container.storage.unit_of_work() as work:
            opened = await open_order(shop, work, order["id"])
            [payment] = opened.ledger.payments
            intent_id = payment.intent_id
            paid = Intent(intent_id, PaymentStatus.SUCCEEDED, 1_000, "USD", order["id"], attempt=1)
            await opened.apply_intent(paid, provider.account)
            counted = ProviderRefund("re_1", None, 400, RefundStatus.SUCCEEDED)
            await apply_refunds(opened, [counted], intent_id)
            lost = ProviderDispute("dp_1", DisputeStatus.LOST, 1_000, "USD", "fraudulent", at)
            await apply_disputes(opened, [lost], intent_id, at)
            assert (opened.order.refunded_total, opened.order.refundable_amount) == (400, 0)
            uncounted = ProviderRefund("re_2", None, 500, RefundStatus.SUCCEEDED)
            await apply_refunds(opened, [counted, uncounted], intent_id)
            failed = replace(uncounted, status=RefundStatus.FAILED)
            await apply_refunds(opened, [counted, failed], intent_id)
            assert opened.order.refunded_total == 400
            await apply_refunds(opened, [replace(counted, status=RefundStatus.FAILED)], intent_id)
            assert opened.order.refunded_total == 0
            await opened.save()
        day = f"{at:%Y-%m-%d}"
        dashboard = await (await shop.log_in("owner")).get(f"/api/admin/dashboard?from={day}&to={day}")
        totals = dashboard.json()["totals"]
        assert (totals["grossRevenue"], totals["refunds"], totals["disputesLost"]) == (10, 0, 6)


async def test_a_cancellation_outlasts_the_failure_of_an_earlier_refund() -> None:
    """It is not `paid` meanwhile, so nobody ships it. It is kept once the cancellation's own refund is settled."""
    async with shop_harness() as shop:
        product = await new_product(await shop.admin(), price=10)
        order = await buy(await shop.customer(), product)
        [provider] = shop.container.payments.payment_providers()
        async with shop.container.storage.unit_of_work() as work:
            opened = await open_order(shop, work, order["id"])
            [payment] = opened.ledger.payments
            paid = Intent(payment.intent_id, PaymentStatus.SUCCEEDED, 1_000, "USD", order["id"], attempt=1)
            await opened.apply_intent(paid, provider.account)
            earlier = ProviderRefund("re_1", None, 400, RefundStatus.SUCCEEDED)
            await apply_refunds(opened, [earlier], payment.intent_id)
            await opened.begin_cancelling(CancellationReason.CUSTOMER)
            [own] = opened.ledger.pending_refunds
            earlier = replace(earlier, status=RefundStatus.FAILED)
            await apply_refunds(opened, [earlier], payment.intent_id)
            assert opened.order.status is OrderStatus.CANCELLING
            settled = ProviderRefund("re_2", own.id, own.amount, RefundStatus.SUCCEEDED)
            await apply_refunds(opened, [earlier, settled], payment.intent_id)
            assert (opened.order.status, opened.order.refunded_total) == (OrderStatus.PAID, 600)
