"""Units of an order's lines: how many its refunds name, can still be refunded, and were restocked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.money import Currency
from shop.domain.orders.snapshot import OrderLine, OrderSnapshot
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus


class ItemsNotRefundable(ShopError):
    """More units of a line were requested than can be refunded; `details` maps these lines to their remaining units."""

    code: ClassVar[str] = "ITEMS_NOT_REFUNDABLE"

    def __init__(self, too_many: Sequence[RefundItem], left: Mapping[str, int]) -> None:
        lines = [
            {"item_id": item.item_id, "requested": item.quantity, "left": left[item.item_id]}
            for item in too_many
        ]
        super().__init__("The order has fewer units left to refund; see `details`.", {"items": lines})


@dataclass(frozen=True, slots=True)
class ReturnedUnits:
    """Units by line, counted over an order's refunds.

    `refunded` units are named by refunds that are pending or have succeeded. `restocked` units went back into the
    stock with any refund, even if it failed later. `spare` units are restocked units that no succeeded refund names:
    when they are refunded again, they are already in the stock.
    """

    bought: Mapping[str, int]
    refunded: Counter[str]
    restocked: Counter[str]
    spare: Counter[str]

    @classmethod
    def of(cls, snapshot: OrderSnapshot, refunds: Iterable[Refund]) -> Self:
        """Return the units of all refunds of the order."""
        refunded, restocked, claimed = Counter[str](), Counter[str](), Counter[str]()
        for refund in refunds:
            restocked.update(_units(refund.restocked))
            if refund.status is not RefundStatus.FAILED:
                refunded.update(_units(refund.items))
            if refund.status is RefundStatus.SUCCEEDED and refund.restock:
                claimed.update(_units(refund.items))
        return cls(snapshot.quantities, refunded, restocked, restocked - claimed)

    @property
    def _left(self) -> dict[str, int]:
        return {
            item_id: max(0, quantity - self.refunded[item_id]) for item_id, quantity in self.bought.items()
        }

    @property
    def rest(self) -> tuple[RefundItem, ...]:
        """Return the units that can still be refunded."""
        return tuple(RefundItem(item_id, quantity) for item_id, quantity in self._left.items() if quantity)

    @property
    def not_restocked(self) -> dict[str, int]:
        """Return the units that a cancellation returns to the stock."""
        left = {item_id: quantity - self.restocked[item_id] for item_id, quantity in self.bought.items()}
        return {item_id: quantity for item_id, quantity in left.items() if quantity}

    def ensure_left(self, items: Sequence[RefundItem]) -> None:
        """Raise ValidationFailed for an item that was not bought, ItemsNotRefundable for too many units."""
        for item in items:
            if item.item_id not in self.bought:
                raise ValidationFailed({"items": f"{item.item_id} is not in this order"})
        if too_many := [item for item in items if item.quantity > self._left[item.item_id]]:
            raise ItemsNotRefundable(too_many, self._left)

    def to_restock(self, items: Sequence[RefundItem]) -> dict[str, int]:
        """Return the units to restock when a refund of these items succeeds. That refund must not be counted yet."""
        units = {
            item.item_id: min(
                item.quantity - min(item.quantity, self.spare[item.item_id]),
                self.bought[item.item_id] - self.restocked[item.item_id],
            )
            for item in items
        }
        return {item_id: quantity for item_id, quantity in units.items() if quantity}

    def price_of(self, items: Sequence[RefundItem], snapshot: OrderSnapshot) -> int:
        """Return the price of these units after discounts, with tax.

        Refunds of all units of a line, one after the other, add up to exactly what the line cost.
        """
        lines = {line.item_id: line for line in snapshot.lines}
        return sum(
            _price(lines[item.item_id], self.refunded[item.item_id] + item.quantity, snapshot)
            - _price(lines[item.item_id], self.refunded[item.item_id], snapshot)
            for item in items
        )


def shares_of(items: Sequence[RefundItem], snapshot: OrderSnapshot) -> dict[str, int]:
    """Return the items' price with tax by line: the weights by which the figures spread a refund of them."""
    lines = {line.item_id: line for line in snapshot.lines}
    return {item.item_id: _price(lines[item.item_id], item.quantity, snapshot) for item in items}


def _price(line: OrderLine, units: int, snapshot: OrderSnapshot) -> int:
    """Return the price of a line's first units with tax, in payable steps; of all units, what the line cost."""
    payable = snapshot.payable(line)
    if units == line.quantity:
        return payable
    return min(Currency(snapshot.currency).to_payable(payable * units // line.quantity), payable)


def _units(items: Sequence[RefundItem]) -> dict[str, int]:
    return {item.item_id: item.quantity for item in items}
