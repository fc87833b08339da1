"""The grants for production: the shop's user can run the shop, but cannot change order snapshots."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.sql.tables import metadata
from shop.application.ports.audit import AuditQuery
from shop.application.ports.idempotency import IdempotencyKey, KeyRecord
from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_payment,
    a_snapshot,
    a_user,
    an_entry,
    an_order,
    ids,
    placed,
    some_products,
    stored_promo_code,
)
from shop.domain.carts.buyer import Customer
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus
from shop.domain.promotions.promo_code import CodeUser

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

GRANTS = (Path(__file__).parents[3] / "docker" / "mysql-grants.sql").read_text()
LEDGER = "sales_entries"
ONLY_READ = {"compatible_revisions"}
APPEND_ONLY = {
    "orders",
    "order_lines",
    "order_history",
    "order_notes",
    "order_search_keys",
    "audit_entries",
    "price_changes",
}


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    """A storage whose database user has the grants of the file and no others."""
    root, user, password = Database(mysql_url), f"shop_{secrets.token_hex(4)}", secrets.token_hex()
    schema = root.url.database
    statements = re.sub(r"^--.*$", "", GRANTS, flags=re.MULTILINE).split(";")
    try:
        async with root.writes.connect() as connection:
            await connection.execute(text(f"CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'"))
            for statement in filter(str.strip, statements):
                granted = statement.replace("`shop`.", f"`{schema}`.").replace("'shop'@'%'", f"'{user}'@'%'")
                await connection.exec_driver_sql(granted.replace("%", "%%"))
        url = make_url(mysql_url).set(username=user, password=password)
        opened = SqlStorage(Database(url.render_as_string(hide_password=False)))
        yield opened
        await opened.close()
    finally:
        async with root.writes.connect() as connection:
            await connection.execute(text(f"DROP USER IF EXISTS '{user}'@'%'"))
        await root.dispose()


def test_append_only_tables_grant_no_updates() -> None:
    granted = set(re.findall(r"GRANT UPDATE, DELETE ON `shop`\.`(\w+)`", GRANTS))
    assert granted == set(metadata.tables) - APPEND_ONLY - ONLY_READ - {LEDGER}


async def test_the_grants_are_enough_to_run_the_shop(storage: SqlStorage) -> None:
    user_id = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work, 2)
    promo_code = await stored_promo_code(storage.unit_of_work)
    cart = await a_cart(storage.unit_of_work, user_id, *products)
    key = IdempotencyKey(user_id, "a key", "0f" * 32)
    snapshot = a_snapshot(user_id, *products)
    order = await placed(storage.unit_of_work, snapshot)
    refund = Refund(ids.new_id(), order.id, "pi", 1, None, False, RefundStatus.PENDING, NOW)
    async with storage.unit_of_work() as work:
        await work.idempotency_keys.claim(key, KeyRecord(key.fingerprint, order.id, None, NOW, NOW), NOW)
        await work.carts.lock(Customer(user_id))
        await work.carts.save(cart.clear(), cart, NOW)
        await work.promo_codes.claim_use(promo_code, order.id, CodeUser(user_id), NOW)
        assert await work.stock.take(snapshot.quantities)
        await work.idempotency_keys.save_answer(key, b"{}")
    async with storage.unit_of_work() as work:
        present = await work.orders.lock(order.id)
        payment = a_payment(order)
        await work.payments.add(payment)
        await work.payments.save(replace(payment, status=PaymentStatus.SUCCEEDED))
        await work.payments.add_refund(refund)
        await work.payments.save_refund(refund.settle(RefundStatus.FAILED, None))
        await work.payments.record_event("evt", NOW)
        await work.orders.save(present.pay(NOW))
        await work.sales.record_sale(snapshot, NOW)
        await work.sales.record_refund(order.id, refund.id, refund.amount, NOW)
        await work.products.count_sales(snapshot.lines, NOW.date())
        await work.stock.give_back(snapshot.quantities)
        await work.promo_codes.give_back_use(order.id)
    async with storage.unit_of_work() as work:
        await work.promo_codes.delete(await work.promo_codes.lock(promo_code.code))
        await work.idempotency_keys.delete_before(NOW + timedelta(days=1), 9)
        await work.payments.purge_events(NOW + timedelta(days=1), 9)
        product = await work.products.lock(products[0])
        await work.products.update(product, product.delete(NOW))
        await work.audit.record(an_entry(user_id, product.id))
    assert (await storage.orders.details(order.id)).order.status == "paid"
    assert (await storage.audit.page(AuditQuery(1, 1))).total == 1


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("statement", ["UPDATE {} SET order_id = order_id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_snapshots_and_histories_cannot_be_changed(
    storage: SqlStorage, table: str, statement: str
) -> None:
    await an_order(storage.unit_of_work)
    by_id = {"orders", "order_notes", "audit_entries"}
    column = "id" if table in by_id else "order_id"
    forbidden = statement.format(table).replace("order_id", column)
    async with storage.database.writes.connect() as connection:
        with pytest.raises(DBAPIError, match="1142"):
            await connection.execute(text(forbidden))


@pytest.mark.parametrize(
    "statement",
    [f"UPDATE {LEDGER} SET refunded = 0", f"DELETE FROM {LEDGER}", f"TRUNCATE {LEDGER}"],
)
async def test_the_ledger_only_grows(storage: SqlStorage, statement: str) -> None:
    async with storage.database.writes.connect() as connection:
        with pytest.raises(DBAPIError, match=r"114[23]"):
            await connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement", ["ALTER TABLE orders ADD x INT", "DROP TABLE carts", "CREATE TABLE x (id INT)"]
)
async def test_the_schema_cannot_be_changed(storage: SqlStorage, statement: str) -> None:
    async with storage.database.writes.connect() as connection:
        with pytest.raises(DBAPIError, match="1142"):
            await connection.execute(text(statement))
