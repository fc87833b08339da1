"""The sales ledger: sales, refunds and disputes per day and order line, exact to the minor unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.domain.money import half_up, spread
from shop.domain.orders.snapshot import OrderSnapshot

SHIPPING: Final = ""
"""The key of an order's shipping in mappings by item id."""


@dataclass(frozen=True, slots=True)
class SalesEntry:
    """One line of a paid order, or one line's share of a refund or of a lost dispute.

    Entries are never changed, except that `user_id` is set when an account claims a guest's order. `number` counts an
    order's entries from 0; amounts are minor units. A sale has `quantity`, `gross` and `discount`, a share of a refund
    (`refund_id` is set) only `refunded`, a share of a dispute only `disputed`. Both are below 0 where an earlier share
    is taken back: the refund failed after all, the dispute was won after all. They are prices of goods, with tax only
    if the order's prices include it.

    `shipping` and `tax` are collected (above 0) or returned (below 0). The shipping of an order, and its share of a
    refund or dispute, is in one of the entries; `shipping_tax` is its part of `tax`. `tax_added` is the part of `tax`
    that was added to the prices: all of it or 0.
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
    """Whether this sale counts the order for its product: true for one sale per product of an order."""
    shipping: int = 0
    tax: int = 0
    shipping_tax: int = 0
    tax_added: int = 0

    def __post_init__(self) -> None:
        assert self.number >= 0
        assert 0 <= self.discount <= self.gross
        assert self.tax_added in {0, self.tax}
        if self.is_sale:
            assert self.refunded == self.disputed == 0
            assert self.refund_id is None
            assert self.shipping >= 0
            assert 0 <= self.shipping_tax <= self.tax
        else:
            assert self.quantity == self.gross == self.discount == 0
            assert not self.begins_product
            assert self.refunded == 0 or self.refund_id is not None
            assert self.disputed == 0 or self.refund_id is None
            assert self.refunded or self.disputed or self.shipping or self.tax, "a share of 0"
            assert self.number > 0, "a share before the sale"

    @property
    def is_sale(self) -> bool:
        return self.quantity > 0

    @property
    def begins_order(self) -> bool:
        """Return whether this entry counts the order: true for exactly one entry per order."""
        return self.number == 0


@dataclass(frozen=True, slots=True)
class _Sum:
    """What was paid or returned for one part of an order (a line or the shipping): its price and tax."""

    price: int = 0
    tax: int = 0
    added: bool = False
    """Whether the tax was added to the price."""

    @property
    def payable(self) -> int:
        return self.price + (self.tax if self.added else 0)

    def part(self, amount: int) -> "_Sum":
        """Return a share of `amount` with tax, split proportionally into price and tax (rounded half up).

        A share of the whole amount has exactly the whole price and tax.
        """
        tax = half_up(amount * self.tax, self.payable, 1) if amount else 0
        return _Sum(amount - (tax if self.added else 0), tax, self.added)

    def negated(self) -> "_Sum":
        return _Sum(-self.price, -self.tax, self.added)


_Parts = Mapping[str, _Sum]
"""Sums by item id, in the order of the lines; the last key is SHIPPING."""


def entries_of_sale(snapshot: OrderSnapshot, at: datetime) -> list[SalesEntry]:
    """Return the entries of an order that was paid at this moment: one per line."""
    first_lines = {line.product_id: number for number, line in reversed(list(enumerate(snapshot.lines)))}
    entries = []
    for number, line in enumerate(snapshot.lines):
        shipping = snapshot.shipping if number == 0 else None
        shipping_tax = shipping.tax if shipping else 0
        tax = line.tax + shipping_tax
        entries.append(
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
                shipping=shipping.price if shipping else 0,
                tax=tax,
                shipping_tax=shipping_tax,
                tax_added=0 if snapshot.prices_include_tax else tax,
            )
        )
    return entries


def entries_of_refund(
    earlier: Sequence[SalesEntry],
    refund_id: str,
    amount: int,
    at: datetime,
    prices: Mapping[str, int] | None = None,
) -> list[SalesEntry]:
    """Return the entries of a refund of `amount` at this moment: one for each line that has a share of it.

    `earlier` are all entries of the order. The amount is spread over the lines in `prices`, in proportion to
    these prices. What exceeds their sum is spread over what is left of each line and of the shipping, with
    tax. Shares are rounded by largest remainder: no part returns more than it cost, and the last refund
    leaves nothing.
    """
    return _entries_of_parts(earlier, _shares_of_refund(earlier, amount, prices), at, refund_id)


def tax_of_refund(earlier: Sequence[SalesEntry], amount: int, prices: Mapping[str, int] | None = None) -> int:
    """Return the tax in a refund made now, of this amount or, if less is left to refund, of all that is left."""
    amount = min(amount, sum(part.payable for part in _left(earlier).values()))
    if not amount:
        return 0
    return -sum(part.tax for part in _shares_of_refund(earlier, amount, prices).values())


def entries_of_failed_refund(earlier: Sequence[SalesEntry], refund_id: str, at: datetime) -> list[SalesEntry]:
    """Return the entries that reverse the shares of a refund that had succeeded and now failed."""
    shares = _sums(earlier, lambda entry: entry.refund_id == refund_id)
    return _entries_of_parts(earlier, {name: part.negated() for name, part in shares.items()}, at, refund_id)


def amount_returned(entries: Sequence[SalesEntry]) -> int:
    """Return what these shares of a refund return to the buyer: goods, shipping and added tax."""
    return sum(entry.refunded - entry.shipping - entry.tax_added for entry in entries)


def entries_of_dispute(earlier: Sequence[SalesEntry], amount: int, at: datetime) -> list[SalesEntry]:
    """Return the entries of `amount` lost in a dispute at this moment: one for each line that has a share.

    A loss is spread over what is left of each part, like a refund. If the amount is negative, the customer's
    bank has paid it back: it is spread over what each part has lost.
    """
    if amount > 0:
        left = _left(earlier)
        return _entries_of_parts(earlier, _returned(_spread(amount, left), left), at)
    lost = {
        name: part.negated()
        for name, part in _sums(earlier, lambda entry: not entry.is_sale and entry.refund_id is None).items()
    }
    back = _spread(-amount, lost)
    return _entries_of_parts(earlier, {name: lost[name].part(share) for name, share in back.items()}, at)


def _shares_of_refund(earlier: Sequence[SalesEntry], amount: int, prices: Mapping[str, int] | None) -> _Parts:
    left = _left(earlier)
    payable = {name: part.payable for name, part in left.items()}
    assert 0 < amount <= sum(payable.values()), "more is returned than was paid"
    named = {name: min((prices or {}).get(name, 0), rest) for name, rest in payable.items()}
    of_named = min(amount, sum(named.values()))
    shares = _spread_over(of_named, named) if of_named else dict.fromkeys(left, 0)
    if amount > of_named:
        rest = {name: payable[name] - shares[name] for name in left}
        shares = {name: shares[name] + share for name, share in _spread_over(amount - of_named, rest).items()}
    return _returned(shares, left)


def _returned(shares: Mapping[str, int], left: _Parts) -> _Parts:
    return {name: left[name].part(share).negated() for name, share in shares.items()}


def _left(entries: Sequence[SalesEntry]) -> _Parts:
    """Return what was paid for each part, less what was returned."""
    return _sums(entries, lambda _: True)


def _sums(entries: Sequence[SalesEntry], counts: Callable[[SalesEntry], bool]) -> _Parts:
    """Add up the entries that `counts` selects, by part; returned amounts are negative."""
    prices = {entry.item_id: 0 for entry in entries if entry.is_sale} | {SHIPPING: 0}
    taxes = dict(prices)
    for entry in filter(counts, entries):
        prices[entry.item_id] += entry.gross - entry.discount - entry.refunded - entry.disputed
        taxes[entry.item_id] += entry.tax - entry.shipping_tax
        prices[SHIPPING] += entry.shipping
        taxes[SHIPPING] += entry.shipping_tax
    added = any(entry.tax_added for entry in entries)
    return {name: _Sum(price, taxes[name], added) for name, price in prices.items()}


def _spread(amount: int, parts: _Parts) -> dict[str, int]:
    return _spread_over(amount, {name: part.payable for name, part in parts.items()})


def _spread_over(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    assert 0 < amount <= sum(weights.values()), "more is returned than was paid"
    return dict(zip(weights, spread(amount, list(weights.values())), strict=True))


def _entries_of_parts(
    earlier: Sequence[SalesEntry], parts: _Parts, at: datetime, refund_id: str | None = None
) -> list[SalesEntry]:
    """Return an entry for each line with a share of a refund or, without `refund_id`, of a dispute.

    The first entry also has the shipping's share.
    """
    sold = [entry for entry in earlier if entry.is_sale]
    nothing = _Sum()
    shipping = parts[SHIPPING]
    sales = [entry for entry in sold if parts[entry.item_id].price or parts[entry.item_id].tax]
    if not sales and (shipping.price or shipping.tax):
        sales = sold[:1]
    entries = []
    for number, sale in enumerate(sales, start=len(earlier)):
        goods, carried = parts[sale.item_id], shipping if number == len(earlier) else nothing
        tax = goods.tax + carried.tax
        entries.append(
            SalesEntry(
                order_id=sale.order_id,
                number=number,
                at=at,
                user_id=sale.user_id,
                item_id=sale.item_id,
                product_id=sale.product_id,
                promo_code=sale.promo_code,
                refunded=-goods.price if refund_id is not None else 0,
                disputed=-goods.price if refund_id is None else 0,
                refund_id=refund_id,
                shipping=carried.price,
                tax=tax,
                shipping_tax=carried.tax,
                tax_added=tax if goods.added or carried.added else 0,
            )
        )
    return entries
