"""Settlement: what a provider's statement about one payment changes in its order."""

import pytest

from shop.application.payments.settlement import Settlement
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import Intent, PaymentStatus
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
