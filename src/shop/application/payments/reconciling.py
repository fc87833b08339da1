"""The shop's books against the provider's: what differs, and what of that has one right answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shop.application.payments.statements import SettlePayment
from shop.application.ports.orders import OrderBooks, OrderQueries
from shop.application.ports.payments import PaymentProvider
from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import Intent, PaymentStatus, RefundStatus

_AT_ONCE: Final = 200
_EARLIEST_INTENT: Final = timedelta(minutes=5)
"""How much earlier than its order an intent may seem to be made: the clocks differ."""
_MUST_BE_PAID: Final = frozenset(
    {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.REFUNDED}
)


class DifferenceKind(StrEnum):
    PAID_WITHOUT_PAYMENT = "paid without payment"
    PAYMENT_WITHOUT_PAID_ORDER = "payment without paid order"
    AMOUNTS_DIFFER = "amounts differ"
    REFUNDS_DIFFER = "refunds differ"


@dataclass(frozen=True, slots=True)
class Difference:
    """What the shop says and what the provider says. `order` is the number that people know, where there is one."""

    kind: DifferenceKind
    order: str
    intent_id: str | None
    ours: str
    theirs: str
    is_fixed: bool = False


class Reconcile:
    """The command line: every order of a period against the provider's payments, and the other way round.

    With `fix`, what the provider has and the shop missed is applied as if it had just been told of, and refunds that
    wait are sent. Money that the provider doesn't have, or amounts that differ, are for a person to look at.
    Raises PaymentUnavailable when the provider can't be asked.
    """

    def __init__(self, orders: OrderQueries, provider: PaymentProvider, settle: SettlePayment) -> None:
        self._orders = orders
        self._provider = provider
        self._settle = settle

    async def __call__(self, start: datetime, end: datetime, *, fix: bool = False) -> list[Difference]:
        """Of orders placed within [start, end), by the order's age; then payments that have no order."""
        stated = await self._stated(start - _EARLIEST_INTENT, end)
        differences: list[Difference] = []
        after = ""
        while batch := await self._orders.books(start, end, after, _AT_ONCE):
            for books in batch:
                intents = await self._with_known(books, stated.pop(books.order.id, []))
                found = await self._compare(books, intents)
                differences += await self._fixed(books.order.id, intents, found) if found and fix else found
            after = batch[-1].order.id
        return differences + [each for intents in stated.values() for each in await self._orphans(intents)]

    async def _stated(self, start: datetime, end: datetime) -> dict[str, list[Intent]]:
        by_order: dict[str, list[Intent]] = defaultdict(list)
        async for intent in self._provider.intents_between(start, end):
            if intent.order_id is not None:
                by_order[intent.order_id].append(intent)
        return by_order

    async def _with_known(self, books: OrderBooks, stated: list[Intent]) -> list[Intent]:
        """With the intents that were made after the period, or that the provider did not list."""
        missing = {payment.intent_id for payment in books.ledger.payments} - {intent.id for intent in stated}
        found = [await self._provider.intent(intent_id) for intent_id in sorted(missing)]
        return stated + [intent for intent in found if intent is not None]

    async def _compare(self, books: OrderBooks, intents: Sequence[Intent]) -> list[Difference]:
        order, ledger = books.order, books.ledger
        captured = [intent for intent in intents if intent.status is PaymentStatus.SUCCEEDED]
        found = [
            Difference(
                DifferenceKind.AMOUNTS_DIFFER,
                books.number,
                intent.id,
                _amount(order.total, order.currency),
                _amount(intent.amount, intent.currency),
            )
            for intent in captured
            if (intent.amount, intent.currency) != (order.total, order.currency)
        ]
        for intent in captured:
            payment = ledger.payment_of(intent.id)
            if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
                ours = f"{order.status}, payment {payment.status if payment else 'unknown'}"
                theirs = f"succeeded, {_amount(intent.amount, intent.currency)}"
                found.append(
                    Difference(
                        DifferenceKind.PAYMENT_WITHOUT_PAID_ORDER, books.number, intent.id, ours, theirs
                    )
                )
            elif (difference := await self._compare_refunds(books, intent)) is not None:
                found.append(difference)
        paid = ledger.captured
        is_paid = paid is not None or (order.total > 0 and order.status in _MUST_BE_PAID)
        intent_id = paid.intent_id if paid else None
        if is_paid and (intent_id or "") not in {intent.id for intent in captured}:
            stated = next((intent.status.value for intent in intents if intent.id == intent_id), "unknown")
            found.append(
                Difference(
                    DifferenceKind.PAID_WITHOUT_PAYMENT, books.number, intent_id, order.status.value, stated
                )
            )
        return found

    async def _compare_refunds(self, books: OrderBooks, intent: Intent) -> Difference | None:
        ours = {
            refund.provider_refund_id or refund.id: (refund.amount, refund.status)
            for refund in books.ledger.refunds
            if refund.intent_id == intent.id and refund.status is not RefundStatus.FAILED
        }
        if not ours and intent.refunded == 0:
            return None
        theirs = {
            refund.id: (refund.amount, refund.status)
            for refund in await self._provider.refunds_of(intent.id)
            if refund.status is not RefundStatus.FAILED
        }
        if ours == theirs:
            return None
        return Difference(
            DifferenceKind.REFUNDS_DIFFER,
            books.number,
            intent.id,
            _refunds(ours.values(), intent.currency),
            _refunds(theirs.values(), intent.currency),
        )

    async def _fixed(
        self, order_id: str, intents: Sequence[Intent], found: list[Difference]
    ) -> list[Difference]:
        """Apply what the provider states, send what waits, and look again."""
        with suppress(ShopError):  # What can't be applied is still there when it is looked at again.
            for intent in intents:
                await self._settle(intent, refunds=await self._provider.refunds_of(intent.id))
            await self._settle.send_refunds(order_id)
        [books] = await self._orders.books_of([order_id])
        present = [await self._provider.intent(intent.id) for intent in intents]
        stated = [intent for intent in present if intent is not None]
        left = {(each.kind, each.intent_id) for each in await self._compare(books, stated)}
        return [replace(each, is_fixed=(each.kind, each.intent_id) not in left) for each in found]

    async def _orphans(self, intents: Iterable[Intent]) -> list[Difference]:
        """Money for orders that the shop has never heard of. Orders placed before the period are left out."""
        paid = [intent for intent in intents if intent.status is PaymentStatus.SUCCEEDED]
        unknown = [
            intent
            for intent in paid
            if intent.order_id and not await self._orders.books_of([intent.order_id])
        ]
        return [
            Difference(
                DifferenceKind.PAYMENT_WITHOUT_PAID_ORDER,
                intent.order_id or "",
                intent.id,
                "no such order",
                f"succeeded, {_amount(intent.amount, intent.currency)}",
            )
            for intent in unknown
        ]


def _amount(amount: int, currency: str) -> str:
    return f"{Currency(currency).to_major(amount)} {currency}"


def _refunds(refunds: Iterable[tuple[int, RefundStatus]], currency: str) -> str:
    stated = [f"{_amount(amount, currency)} {status}" for amount, status in sorted(refunds)]
    return ", ".join(stated) or "none"
