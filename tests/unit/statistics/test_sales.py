"""The ledger's arithmetic: shares that add up to the cent."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.domain.address import Address
from shop.domain.carts.cart import CartLine
from shop.domain.money import Currency
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot
from shop.domain.pricing.quote import Offer, quote
from shop.domain.pricing.shipping import ShippingCharge
from shop.domain.pricing.tax import Taxation, TaxRate
from shop.domain.statistics.sales import (
    SalesEntry,
    entries_of_dispute,
    entries_of_failed_refund,
    entries_of_refund,
    entries_of_sale,
    tax_of_refund,
)

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def an_order(*lines: tuple[int, int, int]) -> OrderSnapshot:
    """Return an order with lines of (unit price, quantity, discount)."""
    made = tuple(
        OrderLine(f"p{number}", f"p{number}", None, "Lamp", price, quantity, discount)
        for number, (price, quantity, discount) in enumerate(lines)
    )
    subtotal = sum(line.unit_price * line.quantity for line in made)
    discount = sum(line.discount for line in made)
    return OrderSnapshot(
        id="order",
        user_id="ada",
        created_at=AT,
        currency="USD",
        lines=made,
        subtotal=subtotal,
        discount=discount,
        total=subtotal - discount,
        promo_code="SPRING",
        contact=Contact(),
        shipping_address=Address(),
    )


@st.composite
def orders(draw: st.DrawFn) -> OrderSnapshot:
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        price, quantity = draw(st.integers(0, 5_000)), draw(st.integers(1, 4))
        lines.append((price, quantity, draw(st.integers(0, price * quantity))))
    return an_order(*lines)


def back_by_line(entries: list[SalesEntry]) -> dict[str, int]:
    back: dict[str, int] = {}
    for entry in entries:
        back[entry.item_id] = back.get(entry.item_id, 0) + entry.refunded
    return back


def test_a_sale_has_one_entry_per_line() -> None:
    snapshot = an_order((2599, 2, 100), (500, 1, 0))
    assert entries_of_sale(snapshot, AT) == [
        SalesEntry(
            "order",
            0,
            AT,
            "ada",
            "p0",
            "p0",
            "SPRING",
            quantity=2,
            gross=5198,
            discount=100,
            begins_product=True,
        ),
        SalesEntry(
            "order",
            1,
            AT,
            "ada",
            "p1",
            "p1",
            "SPRING",
            quantity=1,
            gross=500,
            discount=0,
            begins_product=True,
        ),
    ]
    assert [entry.begins_order for entry in entries_of_sale(snapshot, AT)] == [True, False]


def test_a_refund_has_one_entry_per_line_with_a_share() -> None:
    sale = entries_of_sale(an_order((1000, 1, 0), (0, 3, 0), (500, 1, 0)), AT)
    assert entries_of_refund(sale, "refund", 100, AT) == [
        SalesEntry("order", 3, AT, "ada", "p0", "p0", "SPRING", refunded=67, refund_id="refund"),
        SalesEntry("order", 4, AT, "ada", "p2", "p2", "SPRING", refunded=33, refund_id="refund"),
    ]


@pytest.mark.parametrize("amount", [0, 1501])
def test_refunds_of_zero_or_above_the_payment_are_refused(amount: int) -> None:
    sale = entries_of_sale(an_order((1000, 1, 0), (500, 1, 0)), AT)
    with pytest.raises(AssertionError, match="more is returned"):
        entries_of_refund(sale, "refund", amount, AT)


@given(orders(), st.data())
def test_refunds_add_up_and_the_last_leaves_nothing(snapshot: OrderSnapshot, data: st.DataObject) -> None:
    assume(snapshot.total > 0)
    entries = entries_of_sale(snapshot, AT)
    totals = {line.item_id: line.line_total for line in snapshot.lines}
    assert {entry.item_id: entry.gross - entry.discount for entry in entries} == totals
    left, max_refunds = snapshot.total, 20
    while left:
        amount = data.draw(st.integers(1, left)) if len(entries) < max_refunds * len(totals) else left
        shares = entries_of_refund(entries, f"r{left}", amount, AT)
        assert sum(share.refunded for share in shares) == amount
        entries += shares
        left -= amount
        back = back_by_line(entries)
        assert all(back[product_id] <= total for product_id, total in totals.items())
    assert back_by_line(entries) == totals
    assert [entry.number for entry in entries] == list(range(len(entries)))


@given(orders(), st.data())
def test_a_refund_is_shared_in_proportion_to_the_line_totals(
    snapshot: OrderSnapshot, data: st.DataObject
) -> None:
    assume(snapshot.total > 0)
    amount = data.draw(st.integers(1, snapshot.total))
    shares = back_by_line(entries_of_refund(entries_of_sale(snapshot, AT), "refund", amount, AT))
    for line in snapshot.lines:
        assert abs(shares.get(line.item_id, 0) - amount * line.line_total / snapshot.total) < 1


@given(orders(), st.data())
def test_a_refund_that_fails_leaves_each_line_as_it_was(snapshot: OrderSnapshot, data: st.DataObject) -> None:
    assume(snapshot.total > 1)
    entries = entries_of_sale(snapshot, AT)
    entries += entries_of_refund(entries, "other", 1, AT)
    before = back_by_line(entries)
    amount = data.draw(st.integers(1, snapshot.total - 1))
    entries += entries_of_refund(entries, "refund", amount, AT)
    entries += entries_of_failed_refund(entries, "refund", AT)
    assert back_by_line(entries) == before
    assert entries_of_failed_refund(entries, "refund", AT) == []
    assert [entry.number for entry in entries] == list(range(len(entries)))


@given(orders(), st.data())
def test_a_dispute_takes_the_rest_of_the_lines_and_returns_it(
    snapshot: OrderSnapshot, data: st.DataObject
) -> None:
    assume(snapshot.total > 1)
    entries = entries_of_sale(snapshot, AT)
    refunded = data.draw(st.integers(1, snapshot.total - 1))
    entries += entries_of_refund(entries, "refund", refunded, AT)
    entries += entries_of_dispute(entries, snapshot.total - refunded, AT)
    for line in snapshot.lines:
        of_line = [entry for entry in entries if entry.item_id == line.item_id]
        assert sum(entry.refunded + entry.disputed for entry in of_line) == line.line_total
    entries += entries_of_dispute(entries, refunded - snapshot.total, AT)
    for line in snapshot.lines:
        assert sum(entry.disputed for entry in entries if entry.item_id == line.item_id) == 0


@st.composite
def taxed_orders(draw: st.DrawFn) -> OrderSnapshot:
    """Orders with shipping and tax of two classes, included in the prices or not."""
    included = draw(st.booleans())
    rates = {
        name: TaxRate(id=name, name=name, country="DE", rate=draw(st.decimals(0, 100, places=2)))
        for name in ("standard", "reduced")
    }
    items = [
        (draw(st.integers(0, 5_000)), draw(st.integers(1, 4)), draw(st.sampled_from([*rates, "none"])))
        for _ in range(draw(st.integers(1, 5)))
    ]
    offers = {
        f"p{number}": Offer(
            f"p{number}", f"p{number}", None, "Lamp", price, active=True, available=9, tax_class=tax_class
        )
        for number, (price, _, tax_class) in enumerate(items)
    }
    lines = [CartLine(f"p{number}", quantity) for number, (_, quantity, _) in enumerate(items)]
    charge = ShippingCharge("m", "Post", draw(st.integers(0, 2_000)), draw(st.sampled_from([*rates, "none"])))
    priced = quote(lines, offers, None, Currency("EUR"), taxation=Taxation(rates, included), shipping=charge)
    return OrderSnapshot.of_quote(
        priced,
        order_id="order",
        user_id="ada",
        at=AT,
        currency="EUR",
        contact=Contact(),
        shipping_address=Address(),
    )


def remaining(entries: list[SalesEntry]) -> dict[str, int]:
    """Return what was collected and not returned, for goods, shipping and tax."""
    return {
        "goods": sum(entry.gross - entry.discount - entry.refunded - entry.disputed for entry in entries),
        **{
            name: sum(getattr(entry, name) for entry in entries)
            for name in ("shipping", "tax", "shipping_tax", "tax_added")
        },
    }


@given(taxed_orders(), st.data())
def test_refunds_split_into_goods_shipping_and_tax_exactly(
    snapshot: OrderSnapshot, data: st.DataObject
) -> None:
    assume(snapshot.total > 0)
    entries, left = entries_of_sale(snapshot, AT), snapshot.total
    for number in range(8):
        amount = data.draw(st.integers(1, left)) if number < 7 else left
        if data.draw(st.booleans()):
            named = {
                line.item_id: data.draw(st.integers(0, snapshot.payable(line))) for line in snapshot.lines
            }
            foreseen = tax_of_refund(entries, amount, named)
            shares = entries_of_refund(entries, f"r{number}", amount, AT, named)
            assert foreseen == -sum(entry.tax for entry in shares)
        else:
            shares = entries_of_dispute(entries, amount, AT)
        entries += shares
        left -= amount
        rest = remaining(entries)
        assert rest["goods"] + rest["shipping"] + rest["tax_added"] == left
        assert all(value >= 0 for value in rest.values())
        assert rest["shipping_tax"] <= rest["tax"]
        if not left:
            break
    assert remaining(entries) == dict.fromkeys(remaining(entries), 0)


@given(taxed_orders(), st.data())
def test_a_refund_that_fails_gives_back_exactly_its_shares(
    snapshot: OrderSnapshot, data: st.DataObject
) -> None:
    assume(snapshot.total > 1)
    entries = entries_of_sale(snapshot, AT)
    entries += entries_of_refund(entries, "other", data.draw(st.integers(1, snapshot.total - 1)), AT)
    before = remaining(entries)
    left = before["goods"] + before["shipping"] + before["tax_added"]
    entries += entries_of_refund(entries, "refund", data.draw(st.integers(1, left)), AT)
    entries += entries_of_failed_refund(entries, "refund", AT)
    assert remaining(entries) == before
    entries += entries_of_dispute(entries, left, AT)
    entries += entries_of_dispute(entries, -left, AT)
    after = remaining(entries)
    assert after["goods"] + after["shipping"] + after["tax_added"] == left


def test_a_refund_is_split_into_price_and_tax_as_computed_by_hand() -> None:
    """10.00 at 19 % and 5.00 shipping at 19 %: two thirds of a refund of 5.95 are for the goods."""
    rate = TaxRate(id="r", name="VAT", country="DE", rate=Decimal(19))
    offers = {"p": Offer("p", "p", None, "Lamp", 1_000, active=True, available=1)}
    priced = quote(
        [CartLine("p", 1)],
        offers,
        None,
        Currency("EUR"),
        taxation=Taxation({"standard": rate}, included=False),
        shipping=ShippingCharge("m", "Post", 500),
    )
    snapshot = OrderSnapshot.of_quote(
        priced,
        order_id="order",
        user_id="ada",
        at=AT,
        currency="EUR",
        contact=Contact(),
        shipping_address=Address(),
    )
    sale = entries_of_sale(snapshot, AT)
    assert (sale[0].gross, sale[0].shipping, sale[0].tax, sale[0].shipping_tax) == (1_000, 500, 285, 95)
    [back] = entries_of_refund(sale, "refund", 595, AT)
    # 595 × 1190 / 1785 = 396.67 → 397, of which 397 × 190 / 1190 = 63.39 → 63; 198 × 95 / 595 = 31.61 → 32.
    assert (back.refunded, back.shipping, back.tax, back.shipping_tax) == (334, -166, -95, -32)
