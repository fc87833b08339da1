"""Contract tests: the audit trail."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.application.audit.views import AuditEntryView, SubjectView
from shop.application.ports.audit import AuditQuery
from shop.contract.order_samples import NOW, a_user, an_entry, ids, rolled_back, some_products
from shop.domain.audit import AuditAction, AuditEntry, SubjectKind
from shop.domain.orders.snapshot import order_number
from shop.domain.periods import Span

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def recorded(storage: Any, *entries: AuditEntry) -> None:
    async with storage.unit_of_work() as work:
        for entry in entries:
            await work.audit.record(entry)


async def found(storage: Any, page: int = 1, limit: int = 20, **filters: Any) -> tuple[int, list[str]]:
    """Return the total, and the ids on the page."""
    shown = await storage.audit.page(AuditQuery(page, limit, **filters))
    assert (shown.page, shown.limit) == (page, limit)
    return shown.total, [item.id for item in shown.items]


async def username_of(storage: Any, user_id: str) -> str:
    async with storage.unit_of_work() as work:
        return str((await work.users.get(user_id)).username)


async def test_an_entry_is_shown_as_it_was_made(storage: Any) -> None:
    user_id, product_id = await a_user(storage.unit_of_work), ids.new_id()
    fields: dict[str, Any] = {
        "before": {"price": Decimal("12.50"), "name": 'Zoë 🎉 "mug" \\', "sku": None, "active": True},
        "after": {"price": Decimal("100000000.00"), "stock": 10**9, "startsAt": "2026-01-01T00:00:00Z"},
    }
    entry = an_entry(user_id, product_id, **fields)
    await recorded(storage, entry)
    [shown] = (await storage.audit.page(AuditQuery(1, 20))).items
    assert shown == AuditEntryView(
        id=entry.id,
        at=NOW,
        actor=await username_of(storage, user_id),
        username=await username_of(storage, user_id),
        action=AuditAction.PRODUCT_REVISED,
        subject=SubjectView(SubjectKind.PRODUCT, product_id),
        **fields,
    )
    assert str(shown.before["price"]) == "12.50"


async def test_an_entry_can_hold_a_whole_product(storage: Any) -> None:
    entry = an_entry(None, ids.new_id(), before={"description": "🎉" * 10_000}, after={"name": "\\" * 9_000})
    await recorded(storage, entry)
    [shown] = (await storage.audit.page(AuditQuery(1, 20))).items
    assert (shown.before, shown.after) == (entry.before, entry.after)


async def test_no_user_can_have_the_name_of_the_command_line(storage: Any) -> None:
    await recorded(storage, an_entry(None, ids.new_id(), AuditAction.USER_CREATED))
    [shown] = (await storage.audit.page(AuditQuery(1, 20))).items
    assert shown.username == "command line"
    assert await found(storage, username="command line") == (0, [])


async def test_a_rolled_back_change_leaves_no_entry(storage: Any) -> None:
    async with rolled_back(storage.unit_of_work) as work:
        await work.audit.record(an_entry(None, ids.new_id()))
        assert await found(storage) == (0, [])
    assert await found(storage) == (0, [])


async def test_pages_list_every_entry_once_newest_first(storage: Any) -> None:
    made = [an_entry(None, ids.new_id(), at=NOW - number // 2 * SECOND) for number in range(5)]
    await recorded(storage, *made)
    expected = [made[index].id for index in (1, 0, 3, 2, 4)]
    pages = [await found(storage, page, 3) for page in (1, 2, 3, 1_000_000)]
    assert pages == [(5, expected[:3]), (5, expected[3:]), (5, []), (5, [])]


async def test_filters_are_combined_with_and(storage: Any) -> None:
    ada, bob = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work)
    mug, code = ids.new_id(), "spring-10"
    revised = an_entry(ada, mug, at=NOW)
    changed = an_entry(ada, code, AuditAction.PROMO_CODE_CHANGED, at=NOW + SECOND)
    deleted = an_entry(bob, mug, AuditAction.PRODUCT_DELETED, at=NOW + 2 * SECOND)
    await recorded(storage, revised, changed, deleted)
    name = await username_of(storage, ada)
    for filters, expected in (
        ({"username": name.upper()}, [changed, revised]),
        ({"username": name, "subject": SubjectKind.PRODUCT}, [revised]),
        ({"username": "nobody"}, []),
        ({"username": " "}, []),
        ({"subject": SubjectKind.PRODUCT}, [deleted, revised]),
        ({"subject": SubjectKind.ORDER}, []),
        ({"subject_id": mug}, [deleted, revised]),
        ({"subject_id": mug.upper()}, [deleted, revised]),
        ({"subject_id": "SPRING-10"}, [changed]),
        ({"action": AuditAction.PRODUCT_DELETED}, [deleted]),
        ({"action": AuditAction.PRODUCT_DELETED, "username": name}, []),
        ({"subject_id": "spring-10 "}, []),
        ({"subject_id": "spring_10"}, []),
        ({"subject_id": ""}, []),
        ({"subject_id": "é" * 5_000}, []),
        ({"subject": SubjectKind.PROMO_CODE, "subject_id": mug}, []),
        ({"made": Span(NOW + SECOND, NOW + 2 * SECOND)}, [changed]),
        ({"made": Span(None, NOW)}, []),
        ({"username": name, "subject_id": mug, "made": Span(NOW, None)}, [revised]),
        (
            {"made": Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))},
            [deleted, changed, revised],
        ),
    ):
        assert await found(storage, **filters) == (len(expected), [entry.id for entry in expected]), filters


async def test_entries_of_closed_accounts_stay_without_the_name(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    entry, name = an_entry(user_id, ids.new_id()), await username_of(storage, user_id)
    await recorded(storage, entry)
    async with storage.unit_of_work() as work:
        await work.users.save((await work.users.lock(user_id)).close(NOW, 1))
    [shown] = (await storage.audit.page(AuditQuery(1, 20))).items
    assert shown.username == f"deleted-{user_id.replace('-', '')}"
    assert await found(storage, username=name) == (0, [])
    assert await found(storage, username=shown.username) == (1, [entry.id])


async def test_subjects_have_their_current_names(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    [product_id] = await some_products(storage.unit_of_work, 1)
    order_id = ids.new_id()
    await recorded(
        storage,
        an_entry(user_id, product_id, at=NOW),
        an_entry(user_id, user_id, AuditAction.USER_CHANGED, at=NOW + SECOND),
        an_entry(user_id, order_id, AuditAction.ORDER_SHIPPED, at=NOW + 2 * SECOND),
        an_entry(user_id, ids.new_id(), at=NOW + 3 * SECOND),
    )
    shown = (await storage.audit.page(AuditQuery(1, 20))).items
    expected = [None, order_number(order_id), await username_of(storage, user_id), "Lamp"]
    assert [entry.subject.name for entry in shown] == expected
