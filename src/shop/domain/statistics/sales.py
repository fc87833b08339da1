"""The sales ledger: sales, refunds and disputes per day and order line, exact to the minor unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.pricing.quote import spread


@dataclass(frozen=True, slots=True)
class SalesEntry:
    """One line of a paid order, or one line's share of a refund or of a lost dispute.

    Entries are never changed, except that `user_id` is set when an account claims a guest's order. `number` counts an
    order's entries from 0; amounts are minor units. A sale has `quantity`, `gross` and `discount`, a share of a refund
    (`refund_id` is set) only `refunded`, a share of a dispute only `disputed`. Both are below 0 where an earlier share
    is taken back: the refund failed after all, the dispute was won after all.
    """

    order_id: str
    number: int
    at: datetime
    user_id: str | None
    item_id: str
    product_id: str
    promo_code: str | None
    quantity: int = 0
    gross: int = 0
    discount: int = 0
    refunded: int = 0
    disputed: int = 0
    refund_id: str | None = None
    begins_product: bool = False
    """True for one sale of each product in an order: the one that counts the order for the product."""

    def __post_init__(self) -> None:
        assert self.number >= 0
        assert 0 <= self.discount <= self.gross
        assert (self.refund_id is not None) == (self.refunded != 0)
        if self.is_sale:
            assert self.refunded == self.disputed == 0
        else:
            assert self.quantity == self.gross == self.discount == 0
            assert not self.begins_product
            assert (self.refunded != 0) != (self.disputed != 0), "a share of exactly one thing"
            assert self.number > 0, "a share of nothing that was sold"

    @property
    def is_sale(self) -> bool:
        return self.quantity > 0

    @property
    def begins_order(self) -> bool:
        """True for exactly one entry per order: the entry that counts the order."""
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
    earlier: Sequence[SalesEntry],
    refund_id: str,
    amount: int,
    at: datetime,
    prices: Mapping[str, int] | None = None,
) -> list[SalesEntry]:
    """`amount` of an order went back at this moment: an entry for each line that has a share.

    `earlier` are all entries of the order. The amount is spread over the lines that `prices` names, in proportion to
    what they name; whatever is beyond that, or not named, in proportion to what is left of each line. By largest
    remainder: no line gives back more than it cost, and the last refund leaves nothing of any.
    """
    left = _left(earlier)
    assert 0 < amount <= sum(left.values()), "more comes back than was paid"
    named = {line: min((prices or {}).get(line, 0), rest) for line, rest in left.items()}
    of_named = min(amount, sum(named.values()))
    shares = _spread(of_named, named) if of_named else dict.fromkeys(left, 0)
    if amount > of_named:
        rest = {line: left[line] - shares[line] for line in left}
        shares = {line: shares[line] + share for line, share in _spread(amount - of_named, rest).items()}
    return _entries_of_shares(earlier, shares, at, refund_id=refund_id)


def entries_of_failed_refund(earlier: Sequence[SalesEntry], refund_id: str, at: datetime) -> list[SalesEntry]:
    """A refund that had succeeded failed at this moment: its shares are taken back, line by line."""
    shares = dict.fromkeys((entry.item_id for entry in earlier if entry.is_sale), 0)
    for entry in earlier:
        if entry.refund_id == refund_id:
            shares[entry.item_id] -= entry.refunded
    return _entries_of_shares(earlier, shares, at, refund_id=refund_id)


def entries_of_dispute(earlier: Sequence[SalesEntry], amount: int, at: datetime) -> list[SalesEntry]:
    """`amount` of an order was lost to its customer's bank at this moment: an entry for each line that has a share.

    Below 0 it came back from there. Spread as a refund is: over what is left of each line, or over what was lost.
    """
    if amount > 0:
        return _entries_of_shares(earlier, _spread(amount, _left(earlier)), at)
    lost = dict.fromkeys((entry.item_id for entry in earlier if entry.is_sale), 0)
    for entry in earlier:
        lost[entry.item_id] += entry.disputed
    back = _spread(-amount, lost)
    return _entries_of_shares(earlier, {line: -share for line, share in back.items()}, at)


def _left(entries: Sequence[SalesEntry]) -> dict[str, int]:
    """What each line has brought and not given back, in the order of the lines."""
    left = {entry.item_id: entry.gross - entry.discount for entry in entries if entry.is_sale}
    for entry in entries:
        left[entry.item_id] -= entry.refunded + entry.disputed
    return left


def _spread(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    assert 0 < amount <= sum(weights.values()), "more comes back than was paid"
    return dict(zip(weights, spread(amount, list(weights.values())), strict=True))


def _entries_of_shares(
    earlier: Sequence[SalesEntry], shares: Mapping[str, int], at: datetime, refund_id: str | None = None
) -> list[SalesEntry]:
    """An entry for each line with a share: of a refund, or else of a dispute."""
    sales = [entry for entry in earlier if entry.is_sale and shares[entry.item_id]]
    return [
        SalesEntry(
            order_id=sale.order_id,
            number=number,
            at=at,
            user_id=sale.user_id,
            item_id=sale.item_id,
            product_id=sale.product_id,
            promo_code=sale.promo_code,
            refunded=shares[sale.item_id] if refund_id is not None else 0,
            disputed=shares[sale.item_id] if refund_id is None else 0,
            refund_id=refund_id,
        )
        for number, sale in enumerate(sales, start=len(earlier))
    ]
