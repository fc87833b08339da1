"""What is heard of an order's disputes, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime

from shop.application.payments.open_order import OpenOrder
from shop.application.ports.payments import ProviderDispute
from shop.domain.payments.dispute import Dispute


async def apply_disputes(
    opened: OpenOrder, stated: Sequence[ProviderDispute], intent_id: str, at: datetime
) -> None:
    """Apply what the provider stated at this moment about all disputes of a payment.

    What is lost leaves the revenue, as far as it was not refunded before; what is won after all comes back.
    """
    captured = opened.ledger.captured
    if not stated or captured is None or captured.intent_id != intent_id:
        return
    before = opened.order.disputes_lost
    opened.order = opened.order.record_disputes(
        [_dispute_of(each, captured.currency, captured.amount, at) for each in stated]
    )
    if lost := opened.order.disputes_lost - before:
        await opened.work.sales.record_dispute(opened.order.id, lost, opened.now)


def _dispute_of(stated: ProviderDispute, currency: str, paid: int, at: datetime) -> Dispute:
    # A bank may dispute in a currency of its own: then it is about all that was paid.
    amount = stated.amount if stated.currency == currency else paid
    return Dispute.stated(stated.id, stated.status, amount, stated.reason, stated.opened_at, at)
