"""Reconciliation of the shop's records of payments with the providers', and safe corrections."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import SettlePayment
from shop.application.ports.orders import OrderBooks, OrderQueries
from shop.application.ports.payments import PaymentProvider
from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import Intent, Payment, PaymentStatus
from shop.domain.payments.refund import RefundStatus

BATCH_SIZE: Final = 200
_EARLIEST_INTENT: Final = timedelta(minutes=5)
"""How much earlier than its order an intent may appear to be created, since clocks differ."""
_MUST_BE_PAID: Final = frozenset(
    {OrderStatus.PAID, OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.REFUNDED}
)


_Stated: TypeAlias = tuple[Intent, PaymentProvider]
"""An intent and the provider that stated it."""


class DifferenceKind(StrEnum):
    PAID_WITHOUT_PAYMENT = "paid without payment"
    PAYMENT_WITHOUT_PAID_ORDER = "payment without paid order"
    AMOUNTS_DIFFER = "amounts differ"
    REFUNDS_DIFFER = "refunds differ"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the shop's and the provider's books. `order` is the order number, if there is one."""

    kind: DifferenceKind
    order: str
    intent_id: str | None
    ours: str
    theirs: str
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class UncomparedPayment:
    """A payment that can't be compared with any provider's books and needs a manual check."""

    order: str
    provider: str
    amount: str
    status: PaymentStatus


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Differences, and payments that were not compared.

    Not compared are payments that staff confirm, and payments at providers or accounts that are no longer
    configured.
    """

    differences: Sequence[Difference]
    uncompared: Sequence[UncomparedPayment]


class Reconcile:
    """The command line: compare a period's orders with the providers' payments, in both directions.

    With `fix`, provider statements that the shop missed are applied as if just received, and pending refunds are
    sent. Payments missing at the provider and differing amounts need a manual check. Raises PaymentUnavailable when a
    provider can't be reached.
    """

    def __init__(
        self,
        orders: OrderQueries,
        payment_providers: PaymentProviders,
        settle: SettlePayment,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self._orders = orders
        self._providers = payment_providers
        self._settle = settle
        self._batch_size = batch_size

    async def __call__(self, start: datetime, end: datetime, *, fix: bool = False) -> Reconciliation:
        """Return differences of orders placed within [start, end), oldest first, then payments without an order."""
        stated = await self._stated(start - _EARLIEST_INTENT, end)
        differences: list[Difference] = []
        uncompared: list[UncomparedPayment] = []
        after = ""
        while batch := await self._orders.books(start, end, after, self._batch_size):
            for books in batch:
                intents = await self._with_known(books, stated.pop(books.order.id, []))
                found = await self._compare(books, intents)
                differences += await self._fixed(books.order.id, intents, found) if found and fix else found
                uncompared += self._uncompared(books)
            after = batch[-1].order.id
        for intents in stated.values():
            differences += await self._orphans([intent for intent, _ in intents])
        return Reconciliation(differences, uncompared)

    def _books_of(self, payment: Payment) -> PaymentProvider | None:
        """Return the provider whose books contain the payment; None if the shop can't read them."""
        provider = self._providers.having(payment)
        return provider if provider is not None and provider.keeps_books else None

    def _uncompared(self, books: OrderBooks) -> list[UncomparedPayment]:
        """Return the order's payments that no provider can report on, except unpaid ones of a cancelled order."""
        is_over = books.order.status is OrderStatus.CANCELLED
        return [
            UncomparedPayment(
                books.number, payment.provider, _amount(payment.amount, payment.currency), payment.status
            )
            for payment in books.ledger.payments
            if self._books_of(payment) is None and (payment.status is PaymentStatus.SUCCEEDED or not is_over)
        ]

    async def _stated(self, start: datetime, end: datetime) -> dict[str, list[_Stated]]:
        by_order: dict[str, list[_Stated]] = defaultdict(list)
        for provider in self._providers:
            if not provider.keeps_books:
                continue
            async for intent in provider.intents_between(start, end):
                if intent.order_id is not None:
                    by_order[intent.order_id].append((intent, provider))
        return by_order

    async def _with_known(self, books: OrderBooks, stated: list[_Stated]) -> list[_Stated]:
        """Return `stated` plus known intents created after the period or not listed by the provider."""
        listed = {intent.id for intent, _ in stated}
        found = list(stated)
        for payment in books.ledger.payments:
            provider = self._books_of(payment)
            if provider is not None and payment.intent_id not in listed:
                intent = await provider.intent(payment.intent_id)
                found += [(intent, provider)] if intent is not None else []
        return found

    async def _compare(self, books: OrderBooks, stated: Sequence[_Stated]) -> list[Difference]:
        order, ledger = books.order, books.ledger
        captured = [
            (intent, provider) for intent, provider in stated if intent.status is PaymentStatus.SUCCEEDED
        ]
        found = [
            Difference(
                DifferenceKind.AMOUNTS_DIFFER,
                books.number,
                intent.id,
                _amount(order.total, order.currency),
                _amount(intent.amount, intent.currency),
            )
            for intent, _ in captured
            if (intent.amount, intent.currency) != (order.total, order.currency)
        ]
        for intent, provider in captured:
            payment = ledger.payment_of(intent.id)
            if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
                ours = f"{order.status}, payment {payment.status if payment else 'unknown'}"
                theirs = f"succeeded, {_amount(intent.amount, intent.currency)}"
                found.append(
                    Difference(
                        DifferenceKind.PAYMENT_WITHOUT_PAID_ORDER, books.number, intent.id, ours, theirs
                    )
                )
            elif (difference := await self._compare_refunds(books, intent, provider)) is not None:
                found.append(difference)
        paid = ledger.captured
        if paid is not None and self._books_of(paid) is None:
            return found
        is_paid = paid is not None or (order.total > 0 and order.status in _MUST_BE_PAID)
        intent_id = paid.intent_id if paid else None
        if is_paid and (intent_id or "") not in {intent.id for intent, _ in captured}:
            theirs = next((intent.status.value for intent, _ in stated if intent.id == intent_id), "unknown")
            found.append(
                Difference(
                    DifferenceKind.PAID_WITHOUT_PAYMENT, books.number, intent_id, order.status.value, theirs
                )
            )
        return found

    async def _compare_refunds(
        self, books: OrderBooks, intent: Intent, provider: PaymentProvider
    ) -> Difference | None:
        ours = {
            refund.provider_refund_id or refund.id: (refund.amount, refund.status)
            for refund in books.ledger.refunds
            if refund.intent_id == intent.id and refund.status is not RefundStatus.FAILED
        }
        if not ours and intent.refunded == 0:
            return None
        theirs = {
            refund.id: (refund.amount, refund.status)
            for refund in await provider.refunds_of(intent.id)
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
        self, order_id: str, stated: Sequence[_Stated], found: list[Difference]
    ) -> list[Difference]:
        """Apply the provider's statements, send pending refunds, and compare again."""
        with suppress(ShopError):  # A statement that can't be applied shows up again in the next comparison.
            for intent, provider in stated:
                await self._settle(intent, provider, refunds=await provider.refunds_of(intent.id))
            await self._settle.send_refunds(order_id)
        [books] = await self._orders.books_of([order_id])
        current = [(await provider.intent(intent.id), provider) for intent, provider in stated]
        known = [(intent, provider) for intent, provider in current if intent is not None]
        left = {(each.kind, each.intent_id) for each in await self._compare(books, known)}
        return [replace(each, is_fixed=(each.kind, each.intent_id) not in left) for each in found]

    async def _orphans(self, intents: Iterable[Intent]) -> list[Difference]:
        """Return a difference for each paid intent whose order does not exist.

        Intents of orders placed outside the period are no difference.
        """
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
