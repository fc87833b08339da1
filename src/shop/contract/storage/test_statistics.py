"""Contract tests: statistics. Each figure must equal the sum of the operations on the orders."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shop.application.ports.statistics import SoldBy
from shop.contract.account_samples import stored, user
from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    ids,
    placed,
    some_products,
    stored_promo_code,
)
from shop.contract.product_samples import lines_of, revised
from shop.contract.sales_figures import added_up, assert_figures
from shop.contract.sales_history import MOMENTS, History
from shop.domain.accounts.role import Role
from shop.domain.money import Currency
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import OrderStatus
from shop.domain.periods import Span, start_of_day
from shop.domain.promotions.promo_code import CodeUser
from shop.domain.statistics.figures import Figures
from shop.domain.statistics.insights import HISTORY_DAYS, trend_of

pytestmark = pytest.mark.anyio

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")


async def fold_all(storage: Any, zone: ZoneInfo) -> None:
    while await storage.figures.fold(zone):
        pass


@pytest.mark.parametrize("zone_name", sorted(MOMENTS))
@pytest.mark.parametrize("seed", [1, 2])
async def test_figures_are_the_sums_of_orders_and_refunds(storage: Any, zone_name: str, seed: int) -> None:
    zone = ZoneInfo(zone_name)
    history = History(storage, zone_name, seed)
    await history.begin()
    for step in range(40):
        await history.go_on()
        if step % 13 == 6:
            await storage.figures.fold(zone)
        if step in (2, 20, 39):
            await assert_figures(storage, history, zone)
    await fold_all(storage, zone)
    assert await storage.figures.fold(zone) == 0
    await assert_figures(storage, history, zone)
    assert await storage.figures.differences(zone) == []


async def test_a_changed_time_zone_is_detected_and_figures_stay_correct(storage: Any) -> None:
    history = History(storage, "Europe/Berlin", 7)
    await history.begin()
    for _ in range(20):
        await history.go_on()
    await fold_all(storage, BERLIN)
    for name in ("America/New_York", "UTC"):
        zone = ZoneInfo(name)
        await assert_figures(storage, history, zone)
        await storage.figures.fold(zone)
        await history.go_on()
        await storage.figures.fold(zone)  # half-way
        await assert_figures(storage, history, zone)
        await assert_figures(storage, history, BERLIN)
        await fold_all(storage, zone)
        await assert_figures(storage, history, zone)
        assert await storage.figures.differences(zone) == []


async def test_rebuilding_changes_no_figure_at_any_step(storage: Any) -> None:
    history = History(storage, "Europe/Berlin", 11)
    await history.begin()
    for _ in range(20):
        await history.go_on()
    await fold_all(storage, BERLIN)
    months = await storage.figures.begin_rebuilding(BERLIN)
    while await storage.figures.rebuilt_until() is not None:
        await history.go_on()
        assert await storage.figures.fold(BERLIN)
        await assert_figures(storage, history, BERLIN)
    await fold_all(storage, BERLIN)
    await assert_figures(storage, history, BERLIN)
    assert await storage.figures.differences(BERLIN) == []
    assert months == sorted(set(months))


class TestUsers:
    async def test_a_users_entries_are_returned(self, storage: Any) -> None:
        history = History(storage, "Europe/Berlin", 3)
        await history.begin()
        for _ in range(20):
            await history.go_on()
        middle = history.moments[3]
        for user_id in (*history.customers, ids.new_id()):
            for span in (Span(), Span(since=middle), Span(until=middle)):
                expected = [
                    entry
                    for trade in history.trades
                    for entry in trade.entries
                    if entry.user_id == user_id and entry.at in span
                ]
                expected.sort(key=lambda entry: (entry.at, entry.order_id, entry.number))
                assert await storage.statistics.sales_of_user(user_id, span) == expected

    async def test_the_shop_opened_when_its_first_user_signed_up(self, storage: Any) -> None:
        assert await storage.statistics.opened_at() is None
        for number, role, days in ((1, Role.CUSTOMER, 0), (2, Role.ADMIN, 3), (3, Role.ADMIN, 0)):
            await stored(storage, user(f"u{number}-x", role=role, created_at=NOW - timedelta(days=days)))
        assert await storage.statistics.opened_at() == NOW - timedelta(days=3)

    async def test_new_customers_are_counted(self, storage: Any) -> None:
        for _ in range(2):
            await a_user(storage.unit_of_work)
        second = timedelta(seconds=1)
        for span, number in (
            (Span(), 2),
            (Span(NOW, NOW + second), 2),
            (Span(NOW - second, NOW), 0),
            (Span(since=NOW + second), 0),
        ):
            assert await storage.statistics.new_customers(span) == number


class TestProducts:
    @pytest.mark.parametrize("by", SoldBy)
    async def test_facts_of_products(self, storage: Any, by: SoldBy) -> None:
        one, two = await some_products(storage.unit_of_work, 2, stock=7)
        async with storage.unit_of_work() as work:
            await work.products.count_sales(lines_of({one: 5}), NOW.date())
            product = await work.products.lock(two)
            await work.products.update(product, product.delete(NOW))
        facts = await storage.statistics.facts([one, two, ids.new_id()], by)
        assert set(facts) == {one, two}
        shown = facts[one]
        assert (shown.name, shown.price, shown.compare_at_price) == ("Lamp", 2599, None)
        assert (shown.listed, shown.stock, shown.popularity, shown.created_at) == (True, 7, 5, NOW)
        assert (facts[two].listed, facts[two].popularity) == (False, 0)
        assert await storage.statistics.facts([], by) == {}

    async def test_items_selling_out_are_sorted_by_days_left(self, storage: Any) -> None:
        few = await some_products(storage.unit_of_work, 2, stock=3)
        many = await some_products(storage.unit_of_work, 3, stock=40)
        async with storage.unit_of_work() as work:
            await work.products.count_sales(lines_of({many[0]: 90, many[1]: 80, few[1]: 1}), NOW.date())
        # At 90 per month, 40 last 13.3 days; at 80, they last 15 days; at 1, 3 last 90 days.
        assert await found(storage, stock=0, days=14) == [many[0]]
        assert await found(storage, stock=0, days=15) == [many[0], many[1]]
        assert await found(storage, stock=3, days=0) == [few[1], few[0]]
        assert await found(storage, stock=3, days=15) == [many[0], many[1], few[1], few[0]]
        assert [facts.id for facts in await storage.statistics.selling_out(3, 15, 1)] == [many[0]]


async def found(storage: Any, stock: int, days: int) -> list[str]:
    return [facts.id for facts in await storage.statistics.selling_out(stock, days, 99)]


async def test_statuses_are_current(storage: Any) -> None:
    user_id, products = await a_user(storage.unit_of_work), await some_products(storage.unit_of_work)
    orders = [
        await placed(storage.unit_of_work, a_snapshot(user_id, *products, at=NOW + timedelta(days=day)))
        for day in range(4)
    ]
    await fold_all(storage, UTC_ZONE)
    counts = await storage.statistics.orders_by_status(Span())
    assert dict(counts) == {OrderStatus.PENDING: 4}
    async with storage.unit_of_work() as work:
        order = await work.orders.lock(orders[1].id)
        await work.orders.save(order.pay(NOW))
        order = await work.orders.lock(orders[2].id)
        await work.orders.save(order.begin_cancelling(NOW, CancellationReason.SHOP))
    for _ in range(2):
        span = Span(NOW + timedelta(hours=1), NOW + timedelta(days=3))
        counts = await storage.statistics.orders_by_status(span)
        assert dict(counts) == {OrderStatus.PAID: 1, OrderStatus.CANCELLING: 1}
        await fold_all(storage, UTC_ZONE)


async def test_recent_sales_of_some_products(storage: Any) -> None:
    history = History(storage, "Europe/Berlin", 5)
    await history.begin()
    for _ in range(30):
        await history.go_on()
    some = history.items[:2]
    for _ in range(3):
        for today in (moment.astimezone(BERLIN).date() for moment in history.moments):
            sales: dict[str, dict[date, Figures]] = {}
            for day in (today - timedelta(days=ago) for ago in range(-3, HISTORY_DAYS + 3)):
                whole = Span(start_of_day(day, BERLIN), start_of_day(day + timedelta(days=1), BERLIN))
                for item_id, figures in added_up(history.trades, whole, BERLIN)[1][SoldBy.VARIANT].items():
                    if item_id in some and 0 <= (today - day).days < HISTORY_DAYS:
                        sales.setdefault(item_id, {})[day] = figures
            expected = {item_id: trend_of(by_day, today) for item_id, by_day in sales.items()}
            assert dict(await storage.statistics.trends(some, today, BERLIN)) == expected
        await storage.figures.fold(BERLIN)
        await storage.figures.fold(BERLIN)
        await history.go_on()
    assert dict(await storage.statistics.trends([], NOW.date(), BERLIN)) == {}


async def test_products_insight_candidates(storage: Any) -> None:
    products = await some_products(storage.unit_of_work, 6, stock=2)
    changes: list[dict[str, Any]] = [
        {"price": 9_000},
        {"compare_at_price": 2_600},
        {"compare_at_price": 2_599},
        {"active": False, "compare_at_price": 9_999},
        {"price": 1},
        {"compare_at_price": 9_999},
    ]
    for number, (product_id, change) in enumerate(zip(products, changes, strict=True)):
        async with storage.unit_of_work() as work:
            before = await work.products.lock(product_id)
            after = replace(revised(before, **change), updated_at=NOW + timedelta(seconds=number // 2))
            await work.products.update(before, after)
    async with storage.unit_of_work() as work:
        await work.products.count_sales(
            lines_of(dict.fromkeys((products[1], products[4], products[5]), 1)), NOW.date()
        )
    unsold, reduced, changed = (
        [products[0], products[2]],
        [products[5], products[1]],
        [products[5], products[4], products[2], products[1], products[0]],
    )
    assert await storage.statistics.insight_candidates(1) == [unsold[0], reduced[0]]
    everything = list(dict.fromkeys([*unsold, *reduced, *changed]))
    assert await storage.statistics.insight_candidates(9) == everything
    usd = Currency("USD")
    assert [view.id for view in await storage.catalogue.on_sale(9, usd)] == reduced
    assert [view.id for view in await storage.catalogue.on_sale(1, usd)] == reduced[:1]


async def test_public_promo_codes_that_can_be_used(storage: Any) -> None:
    second = timedelta(seconds=1)
    everybody: dict[str, Any] = {"public": True}
    usable = [
        await stored_promo_code(storage.unit_of_work, code, **everybody, **terms)
        for code, terms in (
            ("PLAIN", {}),
            (
                "BEGUN",
                {"starts_at": NOW, "ends_at": NOW + second, "usage_limit": 1, "created_at": NOW + second},
            ),
        )
    ]
    for code, terms in (
        ("SECRET", {"public": False}),
        ("OFF", {"active": False}),
        ("EARLY", {"starts_at": NOW + second}),
        ("LATE", {"ends_at": NOW}),
    ):
        await stored_promo_code(storage.unit_of_work, code, **{**everybody, **terms})
    spent = await stored_promo_code(storage.unit_of_work, "SPENT", **everybody, usage_limit=1)
    snapshot = a_snapshot(await a_user(storage.unit_of_work), *await some_products(storage.unit_of_work))
    await placed(storage.unit_of_work, snapshot)
    async with storage.unit_of_work() as work:
        await work.promo_codes.claim_use(spent, snapshot.id, CodeUser(snapshot.user_id), NOW)
    assert await storage.promo_codes.public(NOW, 9) == usable
    assert await storage.promo_codes.public(NOW, 1) == usable[:1]
