"""Applies payment provider statements about disputes to orders."""

from collections.abc import Sequence
from datetime import datetime

from shop.application.payments.settlement import OpenOrder
from shop.application.ports.payments import ProviderDispute
from shop.domain.payments.dispute import Dispute


async def apply_disputes(
    opened: OpenOrder, stated: Sequence[ProviderDispute], intent_id: str, at: datetime
) -> None:
    """Apply the provider's statement about all disputes of a payment.

    A lost dispute reduces revenue by the amount not yet refunded; winning it later restores the revenue.
    """
    captured = opened.ledger.captured
    if captured is None or captured.intent_id != intent_id:
        return
    before = opened.order.disputes_lost
    opened.order = opened.order.record_disputes(
        [_dispute_of(each, captured.currency, captured.amount, at) for each in stated]
    )
    if lost := opened.order.disputes_lost - before:
        await opened.work.sales.record_dispute(opened.order.id, lost, opened.now)


def _dispute_of(stated: ProviderDispute, currency: str, paid: int, at: datetime) -> Dispute:
    # A bank may state a dispute in its own currency: then assume that it covers the full payment.
    amount = stated.amount if stated.currency == currency else paid
    return Dispute.stated(stated.id, stated.status, amount, stated.reason, stated.opened_at, at)
