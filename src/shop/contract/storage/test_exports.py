"""Contract tests: reading all products, orders and accounts in batches by id, for exports."""

from dataclasses import replace
from typing import Any

import pytest

from shop.application.accounts.views import UserView
from shop.application.catalogue.views import product_view
from shop.application.ports.orders import ExportedOrder
from shop.contract.account_samples import NOW, saved, stored, user
from shop.contract.order_samples import a_snapshot, a_user, moved, placed, some_products
from shop.contract.product_samples import USD, a_product, a_product_in_sizes, remove, store

pytestmark = pytest.mark.anyio


async def test_a_walk_visits_every_product_that_is_not_deleted(storage: Any) -> None:
    products = [
        a_product("Mug", slug="mug", description="Blue"),
        a_product("Gone", slug="gone"),
        a_product_in_sizes("S", "M", slug="shirt", description="Warm"),
        a_product("Hidden", slug="hidden", active=False),
    ]
    await store(storage.unit_of_work, *products, stock=3)
    await remove(storage.unit_of_work, products[1])
    kept = sorted((product for product in products if product.slug != "gone"), key=lambda product: product.id)
    walked, after = [], ""
    while batch := await storage.admin_products.walk(after, 2, USD):
        assert len(batch) <= 2
        walked += batch
        after = batch[-1].id
    assert walked == [
        product_view(product, {variant.id: 3 for variant in product.variants}, USD) for product in kept
    ]


async def test_a_walk_visits_every_order_with_its_lines_and_state(storage: Any) -> None:
    buyer = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work, 2)
    snapshots = [a_snapshot(buyer, *products) for _ in range(3)]
    snapshots.append(replace(a_snapshot(buyer, *products), user_id=None))
    orders = [await placed(storage.unit_of_work, snapshot) for snapshot in snapshots]
    orders[1] = await moved(storage.unit_of_work, orders[1], lambda order: order.pay(NOW))
    async with storage.unit_of_work() as work:
        username = (await work.users.get(buyer)).username
    walked: list[ExportedOrder] = []
    while batch := await storage.admin_orders.walk(walked[-1].order.id if walked else "", 3):
        walked += batch
    assert [each.snapshot for each in walked] == sorted(snapshots, key=lambda snapshot: snapshot.id)
    assert {each.order.id: each.username for each in walked} == {
        snapshot.id: None if snapshot.user_id is None else username for snapshot in snapshots
    }
    assert {each.order.id: each.order.status for each in walked} == {
        order.id: order.status for order in orders
    }


async def test_a_walk_visits_every_open_account(storage: Any) -> None:
    users = [user(f"user{number}") for number in range(4)]
    await stored(storage, *users)
    await saved(storage, replace(users[3], active=False))
    await saved(storage, users[1].close(NOW, other_active_admins=1))
    walked: list[UserView] = []
    while batch := await storage.users.walk(walked[-1].id if walked else "", 2):
        assert len(batch) <= 2
        walked += batch
    expected = [users[0], users[2], replace(users[3], active=False)]
    assert [each.id for each in walked] == [each.id for each in expected]
    assert [each.active for each in walked] == [True, True, False]
