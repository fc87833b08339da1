"""Applies payment provider statements about refunds to orders, and records refunds due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from shop.application.ports.payments import ProviderRefund
from shop.domain.errors import ValidationFailed
from shop.domain.orders.order import OrderStatus
from shop.domain.orders.returned_units import ReturnedUnits, shares_of
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus, RefundTooLarge

if TYPE_CHECKING:  # an import cycle at run time: settlement imports this module
    from shop.application.payments.settlement import OpenOrder

MAX_REASON_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """A requested refund. `amount` None means the price of the items or, without items, all that is left."""

    amount: int | None
    items: tuple[RefundItem, ...]
    restock: bool
    reason: str | None


async def record_refund_due(opened: "OpenOrder", refund_id: str, terms: RefundTerms) -> Refund:
    """Record a refund to be sent.

    A cancelled order can be refunded if its earlier refund failed and money is left. Raises ForbiddenTransition,
    PaymentDisputed, RefundTooLarge, ItemsNotRefundable, ValidationFailed.
    """
    left, captured = opened.left, opened.ledger.captured
    if not (left and opened.order.status is OrderStatus.CANCELLED):
        opened.order.ensure_refundable()
    opened.order.ensure_not_disputed()
    wanted, items = left if terms.amount is None else terms.amount, terms.items
    if items or terms.restock:
        snapshot = await opened.snapshot()
        units = ReturnedUnits.of(snapshot, opened.ledger.refunds)
        units.ensure_left(items)
        if items and terms.amount is None:
            wanted = units.price_of(items, snapshot)
            if not wanted:
                raise ValidationFailed({"items": "are free: refund an `amount`, or adjust the stock"})
        elif not items and wanted < left:
            raise ValidationFailed(
                {"restock": "needs `items` that say what came back, unless all that is left is refunded"}
            )
        items = items or units.rest
    if captured is None or not 0 < wanted <= left:
        raise RefundTooLarge(wanted, left, opened.order.currency)
    refund = Refund.of(
        refund_id, captured, wanted, terms.reason, opened.now, items=items, restock=terms.restock
    )
    return await add_refund(opened, refund)


async def add_refund(opened: "OpenOrder", refund: Refund) -> Refund:
    """Store a new refund of one of the order's payments, and return it.

    If it refunds the payment that paid for the order, its `tax` is the tax that it would return now.
    """
    captured = opened.ledger.captured
    if captured is not None and captured.intent_id == refund.intent_id:
        prices = await _prices_of(opened, refund)
        tax = await opened.work.sales.tax_of_refund(opened.order.id, refund.amount, prices)
        refund = replace(refund, tax=tax)
    await opened.add_refund(refund)
    return refund


async def _prices_of(opened: "OpenOrder", refund: Refund) -> dict[str, int]:
    return shares_of(refund.items, await opened.snapshot()) if refund.items else {}


async def apply_refunds(opened: "OpenOrder", stated: Sequence[ProviderRefund], intent_id: str) -> None:
    """Apply the provider's statement about all refunds of a payment, including refunds not created by the shop."""
    payment = opened.ledger.payment_of(intent_id)
    # Failed refunds first: the money they release may have been refunded again.
    for statement in sorted(stated, key=lambda each: each.status is not RefundStatus.FAILED):
        refund = _refund_of(opened, statement)
        if refund is None and payment is not None and statement.status is not RefundStatus.FAILED:
            refund = Refund.of(
                opened.ids.new_id(), payment, statement.amount, "made at the payment provider", opened.now
            )
            refund = await add_refund(opened, refund)
        if refund is not None:
            await apply_refund(opened, refund, statement)


async def apply_refund(opened: "OpenOrder", refund: Refund, statement: ProviderRefund) -> None:
    """Apply the provider's statement about one refund of the order."""
    why = (statement.failure_reason or "")[:MAX_REASON_LENGTH] or None
    settled = refund.settle(statement.status, statement.id or None, why)
    if settled == refund:
        return
    await opened.save_refund(settled)
    if settled.status is refund.status:
        return
    if settled.status is not RefundStatus.PENDING:
        opened.outcomes.append(settled.status)
    captured = opened.ledger.captured
    if captured is None or captured.intent_id != settled.intent_id:
        return  # A refund of an excess payment does not affect the order.
    if settled.status is RefundStatus.SUCCEEDED:
        await _on_refunded(opened, settled)
    elif settled.status is RefundStatus.FAILED:
        await _on_refund_failed(opened, settled, had_succeeded=refund.status is RefundStatus.SUCCEEDED)


async def _on_refunded(opened: "OpenOrder", refund: Refund) -> None:
    order = opened.order
    # If the provider refunded more than was paid, the order's remaining money is capped at 0.
    amount = min(refund.amount, order.refundable_amount)
    if amount:
        prices = await _prices_of(opened, refund)
        tax = await opened.work.sales.record_refund(order.id, refund.id, amount, opened.now, prices)
        if tax != refund.tax:  # Another refund or dispute came between.
            refund = replace(refund, tax=tax)
            await opened.save_refund(refund)
        opened.order = order.refund(amount, opened.now)
    if refund.restock and order.status is not OrderStatus.CANCELLED:  # A cancellation restocks them.
        await _restock_items(opened, refund)
    await _end_cancelling(opened, refund.intent_id)


async def _end_cancelling(opened: "OpenOrder", intent_id: str) -> None:
    """End a cancellation whose payment has no pending refund left: cancel the order, or keep it if a refund failed."""
    if opened.order.status is not OrderStatus.CANCELLING:
        return
    if not opened.order.refundable_amount:
        await finish_cancelling(opened)
    elif all(each.intent_id != intent_id for each in opened.ledger.pending_refunds):
        opened.order = opened.order.keep_after_failed_refund(opened.now)


async def finish_cancelling(opened: "OpenOrder") -> None:
    """Finish the cancellation of an order for which the shop keeps no money, and restock the goods."""
    opened.order = opened.order.finish_cancelling(opened.now)
    await opened.restock(ReturnedUnits.of(await opened.snapshot(), opened.ledger.refunds).not_restocked)


async def _restock_items(opened: "OpenOrder", refund: Refund) -> None:
    others = [each for each in opened.ledger.refunds if each.id != refund.id]
    units = ReturnedUnits.of(await opened.snapshot(), others).to_restock(refund.items)
    await opened.restock(units)
    restocked = tuple(RefundItem(item_id, quantity) for item_id, quantity in units.items())
    await opened.save_refund(replace(refund, restocked=restocked))


async def _on_refund_failed(opened: "OpenOrder", refund: Refund, *, had_succeeded: bool) -> None:
    order = opened.order
    amount: int | None = 0
    if had_succeeded:
        amount = await opened.work.sales.record_failed_refund(order.id, refund.id, opened.now)
        if amount is None:  # The payment arrived after the order was cancelled.
            amount = min(refund.amount, order.refunded_total)
    if amount:
        opened.order = order.reverse_refund(amount, opened.now, await _status_before_refund(opened))
    await _end_cancelling(opened, refund.intent_id)


async def _status_before_refund(opened: "OpenOrder") -> OrderStatus:
    """Return the status of a refunded order before the refund; the current status of any other order."""
    history = [*await opened.work.orders.history(opened.order.id), *opened.order.changes]
    others = [change.status for change in history if change.status is not OrderStatus.REFUNDED]
    return others[-1] if others else opened.order.status


def _refund_of(opened: "OpenOrder", statement: ProviderRefund) -> Refund | None:
    for refund in opened.ledger.refunds:
        if refund.id == statement.refund_id or refund.provider_refund_id == statement.id:
            return refund
    return None
