"""The sales ledger: what was sold on which day, and what came back, line by line and to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.pricing.quote import spread


@dataclass(frozen=True, slots=True)
class SalesEntry:
    """One line of an order when it was paid, or one line's share of a refund when that succeeded.

    Entries are never changed. `number` counts an order's entries from 0; amounts are minor units. A sale has
    `quantity`, `gross` and `discount`, a share of a refund (`refund_id` is set) only `refunded`.
    """

    order_id: str
    number: int
    at: datetime
    user_id: str
    item_id: str
    product_id: str
    promo_code: str | None
    quantity: int = 0
    gross: int = 0
    discount: int = 0
    refunded: int = 0
    refund_id: str | None = None
    begins_product: bool = False
    """True for one sale of each product in an order: the one that counts the order for the product."""

    def __post_init__(self) -> None:
        assert self.number >= 0
        assert 0 <= self.discount <= self.gross
        if self.refund_id is None:
            assert self.quantity > 0 and self.refunded == 0
        else:
            assert self.refunded > 0 and self.quantity == self.gross == self.discount == 0
            assert not self.begins_product
            assert self.number > 0, "a refund of nothing that was sold"

    @property
    def is_sale(self) -> bool:
        return self.refund_id is None

    @property
    def begins_order(self) -> bool:
        """True for one entry of each order: that which counts the order."""
        return self.number == 0


def entries_of_sale(snapshot: OrderSnapshot, at: datetime) -> list[SalesEntry]:
    """The order was paid at this moment: an entry per line."""
    first_lines = {line.product_id: number for number, line in reversed(list(enumerate(snapshot.lines)))}
    return [
        SalesEntry(
            order_id=snapshot.id,
            number=number,
            at=at,
            user_id=snapshot.user_id,
            item_id=line.item_id,
            product_id=line.product_id,
            promo_code=snapshot.promo_code,
            quantity=line.quantity,
            gross=line.unit_price * line.quantity,
            discount=line.discount,
            begins_product=first_lines[line.product_id] == number,
        )
        for number, line in enumerate(snapshot.lines)
    ]


def entries_of_refund(
    earlier: Sequence[SalesEntry], refund_id: str, amount: int, at: datetime
) -> list[SalesEntry]:
    """`amount` of an order went back at this moment: an entry for each line that has a share.

    `earlier` are all entries of the order. The amount is spread in proportion to what is left of each line, by
    largest remainder: no line gives back more than it cost, and the last refund leaves nothing of any.
    """
    sales = [entry for entry in earlier if entry.is_sale]
    left = {entry.item_id: entry.gross - entry.discount for entry in sales}
    for entry in earlier:
        left[entry.item_id] -= entry.refunded
    assert 0 < amount <= sum(left.values()), "more is refunded than was paid"
    shares = zip(sales, spread(amount, [left[entry.item_id] for entry in sales]), strict=True)
    return [
        SalesEntry(
            order_id=sale.order_id,
            number=number,
            at=at,
            user_id=sale.user_id,
            item_id=sale.item_id,
            product_id=sale.product_id,
            promo_code=sale.promo_code,
            refunded=share,
            refund_id=refund_id,
        )
        for number, (sale, share) in enumerate(
            ((sale, share) for sale, share in shares if share), start=len(earlier)
        )
    ]
