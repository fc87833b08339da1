"""The database itself refuses inconsistent rows."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from shop.adapters.sql.carts.tables import cart_lines, carts
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.orders.tables import order_history, order_lines, order_states, orders
from shop.adapters.sql.payments.tables import payments, refunds
from shop.adapters.sql.promotions.tables import promo_codes, promo_uses
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_payment,
    a_snapshot,
    a_user,
    ids,
    placed,
    some_products,
    stored_promo_code,
)
from shop.domain.payments.refund import Refund, RefundStatus
from shop.domain.promotions.promo_code import CodeUser

pytestmark = pytest.mark.anyio

TABLES = {
    table.name: table
    for table in (
        carts,
        cart_lines,
        promo_codes,
        promo_uses,
        orders,
        order_lines,
        order_states,
        order_history,
        payments,
        refunds,
    )
}

EITHER = "(refunded_total|disputes_lost)"
"""A refund of more than was paid breaks both rules, and databases differ in which one they name."""
DUPLICATE = "(UNIQUE constraint failed|Duplicate entry)"
FOREIGN_KEY = "FOREIGN KEY constraint"


@dataclass(frozen=True, slots=True)
class Shop:
    """A database with a valid row in each table."""

    database: Database

    async def assert_refused(self, statement: Any, pattern: str) -> None:
        """Assert that the database refuses the statement, with an error that matches the pattern."""
        async with self.database.writes.connect() as connection:
            with pytest.raises(DBAPIError) as caught:
                await connection.execute(statement)
            await connection.rollback()
        assert re.search(pattern, str(caught.value.orig), re.IGNORECASE)

    async def row(self, table: Table) -> dict[str, Any]:
        async with self.database.reading() as connection:
            stored = select(*(column for column in table.c if column.computed is None))
            row = (await connection.execute(stored)).mappings().first()
            assert row is not None
            return dict(row)


@pytest.fixture
async def shop(sql_storage: SqlStorage) -> Shop:
    unit_of_work = sql_storage.unit_of_work
    user_id = await a_user(unit_of_work)
    products = await some_products(unit_of_work, 1)
    await a_cart(unit_of_work, user_id, *products)
    promo_code = await stored_promo_code(unit_of_work, usage_limit=1)
    order = await placed(unit_of_work, a_snapshot(user_id, *products))
    refund = Refund(ids.new_id(), order.id, "pi", 1, None, False, RefundStatus.PENDING, NOW)
    async with unit_of_work() as work:
        await work.promo_codes.claim_use(promo_code, order.id, CodeUser(user_id), NOW)
        await work.payments.add(a_payment(order))
        await work.payments.add_refund(refund)
    return Shop(sql_storage.database)


@pytest.mark.parametrize(
    ("table", "check", "values"),
    [
        ("cart_lines", "quantity", {"quantity": 0}),
        ("cart_lines", "quantity", {"quantity": 1000}),
        ("promo_codes", "times_used", {"times_used": 2}),
        ("promo_codes", "times_used", {"times_used": -1}),
        ("promo_codes", "value", {"value": 0}),
        ("promo_codes", "value", {"value": 101}),
        ("promo_codes", "value", {"type": "free"}),
        ("promo_codes", "value", {"type": "fixed", "value": 10**10 + 1}),
        ("promo_codes", "min_subtotal", {"min_subtotal": -1}),
        ("promo_codes", "usage_limit", {"usage_limit": 0, "times_used": 0}),
        ("promo_codes", "per_customer_limit", {"per_customer_limit": 0}),
        ("promo_codes", "window", {"starts_at": NOW, "ends_at": NOW}),
        ("orders", "total", {"total": 5196}),
        ("orders", "total", {"subtotal": 5199}),
        ("orders", "total", {"discount": 2}),
        ("orders", "discount", {"discount": -1, "total": 5199}),
        ("orders", "discount", {"discount": 5199, "total": -1}),
        ("order_lines", "line_total", {"quantity": 3}),
        ("order_lines", "quantity", {"quantity": 0, "discount": 0, "line_total": 0}),
        ("order_lines", "unit_price", {"unit_price": 10**10 + 1, "line_total": 2 * 10**10 + 1}),
        ("order_lines", "line_total", {"line_total": 5198}),
        ("order_lines", "discount", {"discount": 5199, "line_total": -1}),
        ("order_lines", "discount", {"discount": -1, "line_total": 5199}),
        ("order_states", "status", {"status": "lost"}),
        ("order_states", "status", {"status": "Paid"}),
        ("order_states", "refunded_total", {"refunded_total": -1}),
        ("order_states", EITHER, {"refunded_total": 5198}),
        ("order_states", "disputes_lost", {"disputes_lost": -1}),
        ("order_states", "disputes_lost", {"disputes_lost": 5198}),
        ("order_states", "disputes_lost", {"disputes_lost": 1, "refunded_total": 5197}),
        ("order_states", "payment_attempt", {"payment_attempt": 0}),
        ("order_states", "history_length", {"history_length": 0}),
        ("order_states", "cancelling", {"status": "cancelling"}),
        ("order_states", "cancelling", {"cancelling_since": NOW}),
        ("order_states", "cancelling", {"cancelling_reason": "cancelled by the customer"}),
        ("order_states", "cancelling", {"cancelling_recorded": True}),
        (
            "order_states",
            "cancelling_reason",
            {"status": "cancelling", "cancelling_since": NOW, "cancelling_reason": "no such reason"},
        ),
        ("order_history", "status", {"status": "lost"}),
        ("order_history", "sequence", {"sequence": -1}),
        ("payments", "status", {"status": "none"}),
        ("payments", "amount", {"amount": 0}),
        ("payments", "attempt", {"attempt": 0}),
        ("refunds", "amount", {"amount": 0}),
        ("refunds", "amount", {"amount": -1}),
        ("refunds", "status", {"status": "lost"}),
    ],
)
async def test_check_constraints_are_enforced(
    shop: Shop, table: str, check: str, values: dict[str, Any]
) -> None:
    await shop.assert_refused(update(TABLES[table]).values(values), f"ck_{table}_{check}")


@pytest.mark.parametrize(
    ("table", "fresh"),
    [
        ("carts", ("id",)),
        ("cart_lines", ()),
        ("promo_codes", ("id",)),
        ("promo_uses", ()),
        ("orders", ("id",)),
        ("order_lines", ()),
        ("order_states", ()),
        ("order_history", ()),
        ("payments", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value) or "the same row",
)
async def test_unique_values_cannot_be_stored_twice(shop: Shop, table: str, fresh: tuple[str, ...]) -> None:
    """For example a user's cart, an order's number, a code's name, and the payment of an attempt."""
    row = await shop.row(TABLES[table])
    again = {**row, **{name: ids.new_id() for name in fresh}}
    await shop.assert_refused(insert(TABLES[table]).values(again), DUPLICATE)


async def test_an_order_has_at_most_one_promo_code(shop: Shop) -> None:
    code, use = await shop.row(promo_codes), await shop.row(promo_uses)
    other = {**code, "id": ids.new_id(), "code": "OTHER", "code_key": "other"}
    async with shop.database.writes.begin() as connection:
        await connection.execute(insert(promo_codes).values(other))
    of_other = insert(promo_uses).values({**use, "promo_code_id": other["id"]})
    await shop.assert_refused(of_other, f"{DUPLICATE}.*order_id")


async def test_an_intent_belongs_to_one_payment(shop: Shop) -> None:
    row = await shop.row(payments)
    await shop.assert_refused(insert(payments).values({**row, "attempt": 2}), DUPLICATE)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("carts", "user_id"),
        ("cart_lines", "cart_id"),
        ("cart_lines", "item_id"),
        ("promo_uses", "promo_code_id"),
        ("promo_uses", "order_id"),
        ("promo_uses", "user_id"),
        ("orders", "user_id"),
        ("order_lines", "order_id"),
        ("order_lines", "item_id"),
        ("order_states", "order_id"),
        ("order_history", "order_id"),
        ("payments", "order_id"),
        ("refunds", "order_id"),
    ],
)
async def test_foreign_keys_are_enforced(shop: Shop, table: str, column: str) -> None:
    await shop.assert_refused(update(TABLES[table]).values({column: ids.new_id()}), FOREIGN_KEY)


@pytest.mark.parametrize("table", ["users", "products", "orders"])
async def test_rows_that_orders_reference_cannot_be_deleted(shop: Shop, table: str) -> None:
    await shop.assert_refused(delete(orders.metadata.tables[table]), FOREIGN_KEY)
