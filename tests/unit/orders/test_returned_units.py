"""Units named by refunds: how many can be refunded, how many are restocked, and their price."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.address import Address
from shop.domain.errors import ValidationFailed
from shop.domain.orders.returned_units import ItemsNotRefundable, ReturnedUnits, shares_of
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
S, F, P = RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.PENDING


def an_order(*lines: tuple[int, int, int], currency: str = "USD") -> OrderSnapshot:
    """Return an order with these lines (unit price, quantity, discount); their items are `p0`, `p1`, …"""
    made = tuple(
        OrderLine(f"p{number}", f"p{number}", None, "Mug", price, quantity, discount)
        for number, (price, quantity, discount) in enumerate(lines)
    )
    subtotal = sum(line.unit_price * line.quantity for line in made)
    discount = sum(line.discount for line in made)
    return OrderSnapshot(
        id="order",
        user_id="ada",
        created_at=AT,
        currency=currency,
        lines=made,
        subtotal=subtotal,
        discount=discount,
        total=subtotal - discount,
        promo_code=None,
        contact=Contact(),
        shipping_address=Address(),
    )


def a_refund(
    units: int, status: RefundStatus = S, *, restock: bool = True, back: int | None = None, number: int = 1
) -> Refund:
    """Return a refund of units of `p0`.

    `back` of them were restocked: by default all if the refund succeeded with `restock`, else none.
    """
    came = (units if status is S and restock else 0) if back is None else back
    restocked = (RefundItem("p0", came),) if came else ()
    items = (RefundItem("p0", units),)
    return Refund(
        str(number), "order", "intent", 1, None, restock, status, AT, items=items, restocked=restocked
    )


SNAPSHOT = an_order((1000, 3, 0))


@pytest.mark.parametrize(
    ("refunds", "left", "back"),
    [
        ([], 3, 2),
        ([a_refund(1)], 2, 2),
        ([a_refund(1, P)], 2, 2),
        ([a_refund(1, restock=False)], 2, 2),
        ([a_refund(2, F)], 3, 2),  # It never succeeded, so nothing went back.
        ([a_refund(2, F, back=2)], 3, 0),  # It failed later: the goods are in the stock.
        ([a_refund(1, F, back=1)], 3, 1),
        ([a_refund(2, F, back=2), a_refund(1, back=0, number=2)], 2, 1),
    ],
)
def test_units_are_refunded_and_restocked_once(refunds: list[Refund], left: int, back: int) -> None:
    units = ReturnedUnits.of(SNAPSHOT, refunds)
    assert units.rest == (RefundItem("p0", left),)
    assert units.to_restock([RefundItem("p0", 2)]) == ({"p0": back} if back else {})


def test_more_units_than_are_left_are_refused_naming_them() -> None:
    units = ReturnedUnits.of(an_order((1000, 3, 0), (500, 1, 0)), [a_refund(2)])
    units.ensure_left([RefundItem("p0", 1), RefundItem("p1", 1)])
    with pytest.raises(ItemsNotRefundable) as refused:
        units.ensure_left([RefundItem("p0", 2), RefundItem("p1", 1)])
    assert refused.value.details == {"items": [{"item_id": "p0", "requested": 2, "left": 1}]}
    with pytest.raises(ValidationFailed):
        units.ensure_left([RefundItem("p2", 1)])


def test_a_cancellation_restocks_units_not_yet_restocked() -> None:
    snapshot = an_order((1000, 3, 0), (500, 1, 0))
    assert ReturnedUnits.of(snapshot, []).not_restocked == {"p0": 3, "p1": 1}
    assert ReturnedUnits.of(snapshot, [a_refund(3)]).not_restocked == {"p1": 1}
    assert ReturnedUnits.of(snapshot, [a_refund(1, restock=False)]).not_restocked == {"p0": 3, "p1": 1}


@given(
    st.integers(0, 5000),
    st.integers(1, 7),
    st.integers(0, 100),
    st.sampled_from(["USD", "KWD"]),
    st.data(),
)
def test_the_units_of_a_line_cost_what_was_paid_for_it(
    price: int, quantity: int, percent: int, currency: str, data: st.DataObject
) -> None:
    step = 10 if currency == "KWD" else 1
    discount = price * quantity * percent // 100 * step
    snapshot = an_order((price * step, quantity, discount), currency=currency)
    refunds: list[Refund] = []
    amounts = []
    while left := ReturnedUnits.of(snapshot, refunds).rest:
        units = data.draw(st.integers(1, left[0].quantity))
        amounts.append(ReturnedUnits.of(snapshot, refunds).price_of([RefundItem("p0", units)], snapshot))
        refunds.append(replace(a_refund(units), id=str(len(refunds))))
    assert sum(amounts) == snapshot.total
    assert all(amount >= 0 and amount % step == 0 for amount in amounts)


def test_a_refund_of_items_is_spread_by_their_prices() -> None:
    snapshot = an_order((1000, 3, 300), (500, 1, 0))
    items = [RefundItem("p0", 1), RefundItem("p1", 1)]
    assert shares_of(items, snapshot) == {"p0": 900, "p1": 500}
