"""The ledger's arithmetic: shares that add up to the cent."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shop.domain.address import Address
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot
from shop.domain.statistics.sales import (
    SalesEntry,
    entries_of_dispute,
    entries_of_failed_refund,
    entries_of_refund,
    entries_of_sale,
)

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def an_order(*lines: tuple[int, int, int]) -> OrderSnapshot:
    """An order of lines of (unit price, quantity, discount)."""
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


def test_a_sale_is_an_entry_a_line() -> None:
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


def test_a_refund_is_an_entry_for_each_line_with_a_share() -> None:
    sale = entries_of_sale(an_order((1000, 1, 0), (0, 3, 0), (500, 1, 0)), AT)
    assert entries_of_refund(sale, "refund", 100, AT) == [
        SalesEntry("order", 3, AT, "ada", "p0", "p0", "SPRING", refunded=67, refund_id="refund"),
        SalesEntry("order", 4, AT, "ada", "p2", "p2", "SPRING", refunded=33, refund_id="refund"),
    ]


@pytest.mark.parametrize("amount", [0, 1501])
def test_no_refund_of_nothing_or_of_more_than_was_paid(amount: int) -> None:
    sale = entries_of_sale(an_order((1000, 1, 0), (500, 1, 0)), AT)
    with pytest.raises(AssertionError, match="more comes back"):
        entries_of_refund(sale, "refund", amount, AT)


@given(orders(), st.data())
def test_refunds_add_up_and_the_last_leaves_nothing(snapshot: OrderSnapshot, data: st.DataObject) -> None:
    assume(snapshot.total > 0)
    entries = entries_of_sale(snapshot, AT)
    totals = {line.item_id: line.line_total for line in snapshot.lines}
    assert {entry.item_id: entry.gross - entry.discount for entry in entries} == totals
    left, most = snapshot.total, 20
    while left:
        amount = data.draw(st.integers(1, left)) if len(entries) < most * len(totals) else left
        shares = entries_of_refund(entries, f"r{left}", amount, AT)
        assert sum(share.refunded for share in shares) == amount
        entries += shares
        left -= amount
        back = back_by_line(entries)
        assert all(back[product_id] <= total for product_id, total in totals.items())
    assert back_by_line(entries) == totals
    assert [entry.number for entry in entries] == list(range(len(entries)))


@given(orders(), st.data())
def test_one_refund_is_in_proportion(snapshot: OrderSnapshot, data: st.DataObject) -> None:
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
def test_a_dispute_takes_what_is_left_of_the_lines_and_gives_it_back(
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
