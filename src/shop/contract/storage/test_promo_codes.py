"""Contract tests: promo codes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import (
    NOW,
    a_promo_code,
    a_snapshot,
    a_user,
    ids,
    placed,
    rolled_back,
    some_products,
    stored_promo_code,
)
from shop.contract.product_samples import a_product, store
from shop.contract.storage.test_categories import in_all, plant
from shop.domain.promotions.promo_code import (
    CodeUser,
    Discount,
    PromoCode,
    PromoCodeNotApplicable,
    PromoCodeTaken,
    Refusal,
)

pytestmark = pytest.mark.anyio

EVERY_RULE: dict[str, Any] = {
    "type": Discount.FIXED,
    "value": 10**10,
    "min_subtotal": 0,
    "starts_at": NOW - timedelta(days=1),
    "ends_at": NOW + timedelta(microseconds=1),
    "usage_limit": 2**31 - 1,
    "per_customer_limit": 1,
    "public": True,
    "active": False,
    "item_ids": (ids.new_id(), ids.new_id()),
    "category_ids": (ids.new_id(),),
}
FREE_SHIPPING: dict[str, Any] = {"type": Discount.FREE_SHIPPING, "value": 0}


async def order_ids(storage: Any, user_id: str, number: int = 1) -> list[str]:
    """Store orders of the user that can claim a use. Return their ids."""
    product_ids = await some_products(storage.unit_of_work)
    return [(await placed(storage.unit_of_work, a_snapshot(user_id, *product_ids))).id for _ in range(number)]


async def claimed(storage: Any, promo_code: PromoCode, user_id: str, order_id: str) -> None:
    async with storage.unit_of_work() as work:
        await work.promo_codes.claim_use(promo_code, order_id, CodeUser(user_id), NOW)


async def given_back(storage: Any, order_id: str) -> None:
    async with storage.unit_of_work() as work:
        await work.promo_codes.give_back_use(order_id)


async def uses(storage: Any, promo_code: PromoCode, user_id: str) -> tuple[int, int]:
    """Return the number of uses of the code, in total and by this user."""
    found, by_user = await storage.promo_codes.promo_code(promo_code.code, CodeUser(user_id))
    return found.times_used, by_user


@pytest.mark.parametrize(
    "rules", [{}, EVERY_RULE, FREE_SHIPPING], ids=["bare", "every rule", "free shipping"]
)
async def test_a_code_comes_back_as_stored(storage: Any, rules: dict[str, Any]) -> None:
    stored = await stored_promo_code(storage.unit_of_work, "Spring_2026-x", **rules)
    user_id = ids.new_id()
    async with storage.unit_of_work() as work:
        assert await work.promo_codes.lock("Spring_2026-x") == stored
        assert await work.promo_codes.get("Spring_2026-x", CodeUser(user_id)) == (stored, 0)
    assert await storage.promo_codes.promo_code("Spring_2026-x", CodeUser(user_id)) == (stored, 0)


async def test_a_code_says_which_products_are_in_its_categories(storage: Any) -> None:
    root, other = await plant(storage, "Root"), await plant(storage, "Other")
    leaf = await plant(storage, "Leaf", root)
    inside, outside = in_all(a_product(), leaf), in_all(a_product(), other)
    await store(storage.unit_of_work, inside, outside)
    gone = (ids.new_id(),)
    await stored_promo_code(storage.unit_of_work, "Spring", category_ids=(root.id, *gone))
    await stored_promo_code(storage.unit_of_work, "Nothing", category_ids=gone)
    await stored_promo_code(storage.unit_of_work, "Everything")
    found = {}
    async with storage.unit_of_work() as work:
        for name in ("Spring", "Nothing", "Everything"):
            code, _ = await work.promo_codes.get(name, CodeUser("nobody"), [inside.id, outside.id])
            found[name] = set(code.products_in_categories)
        assert (await work.promo_codes.get("Spring", CodeUser("nobody")))[
            0
        ].products_in_categories == frozenset()
    assert found == {"Spring": {inside.id}, "Nothing": set(), "Everything": set()}


@pytest.mark.parametrize("code", ["spring", "SPRING", "sPrInG"])
async def test_codes_compare_without_case(storage: Any, code: str) -> None:
    stored = await stored_promo_code(storage.unit_of_work, "Spring")
    async with storage.unit_of_work() as work:
        assert await work.promo_codes.lock(code) == stored
        assert await work.promo_codes.get(code, CodeUser("nobody")) == (stored, 0)


@pytest.mark.parametrize(
    "code", ["", "spring ", " spring", "spring\x00", "spr", "sprin%", "s_ring", "spríng", "🎁", "x" * 5000]
)
async def test_unknown_codes_are_none(storage: Any, code: str) -> None:
    await stored_promo_code(storage.unit_of_work, "Spring")
    async with storage.unit_of_work() as work:
        assert await work.promo_codes.lock(code) is None
        assert await work.promo_codes.get(code, CodeUser("nobody")) is None
    assert await storage.promo_codes.promo_code(code, CodeUser("nobody")) is None


async def test_names_are_unique_ignoring_case(storage: Any) -> None:
    await stored_promo_code(storage.unit_of_work, "Spring")
    with pytest.raises(PromoCodeTaken):
        await stored_promo_code(storage.unit_of_work, "sPRING")
    assert (await storage.promo_codes.promo_codes(1, 10))[1] == 1


async def test_one_of_several_concurrent_creations_gets_the_name(storage: Any) -> None:
    @retry_on_conflict
    async def take() -> PromoCode:
        return await stored_promo_code(storage.unit_of_work, "Spring")

    made = await asyncio.gather(*(take() for _ in range(8)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in made) == ["PromoCode"] + ["PromoCodeTaken"] * 7


async def test_new_rules_do_not_change_uses(storage: Any) -> None:
    stored = await stored_promo_code(storage.unit_of_work)
    user_id = await a_user(storage.unit_of_work)
    (order_id,) = await order_ids(storage, user_id)
    await claimed(storage, stored, user_id, order_id)
    revised = stored.revise(**EVERY_RULE)
    async with storage.unit_of_work() as work:
        await work.promo_codes.lock(stored.code)
        await work.promo_codes.save(revised)
    found, by_user = await storage.promo_codes.promo_code(stored.code, CodeUser(user_id))
    assert (found.times_used, by_user) == (1, 1)
    assert found == stored.revise(**EVERY_RULE, times_used=1)


async def test_a_rolled_back_code_is_not_stored(storage: Any) -> None:
    async with rolled_back(storage.unit_of_work) as work:
        await work.promo_codes.add(a_promo_code("Spring"))
    assert await storage.promo_codes.promo_code("Spring", CodeUser("nobody")) is None


async def test_deleting_a_code_deletes_its_uses(storage: Any) -> None:
    stored = await stored_promo_code(storage.unit_of_work)
    user_id = await a_user(storage.unit_of_work)
    (order_id,) = await order_ids(storage, user_id)
    await claimed(storage, stored, user_id, order_id)
    async with storage.unit_of_work() as work:
        locked = await work.promo_codes.lock(stored.code)
        await work.promo_codes.delete(locked)
    assert await storage.promo_codes.promo_code(stored.code, CodeUser(user_id)) is None
    await given_back(storage, order_id)
    again = await stored_promo_code(storage.unit_of_work)
    assert await uses(storage, again, user_id) == (0, 0)


async def test_pages_list_every_code_once_oldest_first(storage: Any) -> None:
    codes = [
        await stored_promo_code(
            storage.unit_of_work, f"CODE-{number}", created_at=NOW - timedelta(days=number // 2)
        )
        for number in range(5)
    ]
    expected = sorted(codes, key=lambda code: (code.created_at, code.id))
    pages = [await storage.promo_codes.promo_codes(page, 2) for page in (1, 2, 3, 4, 1_000_000)]
    assert [codes for codes, _ in pages] == [expected[:2], expected[2:4], expected[4:], [], []]
    assert {total for _, total in pages} == {5}


class TestUses:
    async def test_a_use_counts_for_the_code_and_for_its_customer(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work)
        ada, bob = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work)
        for user_id in (ada, bob, bob):
            (order_id,) = await order_ids(storage, user_id)
            await claimed(storage, stored, user_id, order_id)
        assert await uses(storage, stored, ada) == (3, 1)
        assert await uses(storage, stored, bob) == (3, 2)
        async with storage.unit_of_work() as work:
            found, by_user = await work.promo_codes.get(stored.code, CodeUser(bob))
            assert (found.times_used, by_user) == (3, 2)
            assert found.version == stored.version

    @pytest.mark.parametrize(
        ("rules", "refusal"),
        [
            ({"active": False}, Refusal.INACTIVE),
            ({"usage_limit": 1}, Refusal.USED_UP),
            ({"per_customer_limit": 1}, Refusal.CUSTOMER_LIMIT),
        ],
    )
    async def test_a_claim_uses_the_current_rules(
        self, storage: Any, rules: dict[str, Any], refusal: Refusal
    ) -> None:
        """The code was usable when read, and changed before the claim."""
        read = await stored_promo_code(storage.unit_of_work)
        user_id = await a_user(storage.unit_of_work)
        first, second = await order_ids(storage, user_id, 2)
        await claimed(storage, read, user_id, first)
        async with storage.unit_of_work() as work:
            current = await work.promo_codes.lock(read.code)
            await work.promo_codes.save(current.revise(**rules))
        with pytest.raises(PromoCodeNotApplicable) as caught:
            await claimed(storage, read, user_id, second)
        assert caught.value.refusal is refusal
        assert await uses(storage, read, user_id) == (1, 1)

    async def test_a_code_that_was_deleted_can_not_be_claimed(self, storage: Any) -> None:
        read = await stored_promo_code(storage.unit_of_work)
        user_id = await a_user(storage.unit_of_work)
        (order_id,) = await order_ids(storage, user_id)
        async with storage.unit_of_work() as work:
            await work.promo_codes.delete(await work.promo_codes.lock(read.code))
        with pytest.raises(PromoCodeNotApplicable) as caught:
            await claimed(storage, read, user_id, order_id)
        assert caught.value.refusal is Refusal.INACTIVE

    async def test_a_rolled_back_claim_does_not_count(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work, usage_limit=1, per_customer_limit=1)
        user_id = await a_user(storage.unit_of_work)
        (order_id,) = await order_ids(storage, user_id)
        async with rolled_back(storage.unit_of_work) as work:
            await work.promo_codes.claim_use(stored, order_id, CodeUser(user_id), NOW)
        await claimed(storage, stored, user_id, order_id)
        assert await uses(storage, stored, user_id) == (1, 1)

    async def test_a_use_is_given_back_once(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work, usage_limit=2, per_customer_limit=2)
        user_id = await a_user(storage.unit_of_work)
        first, second = await order_ids(storage, user_id, 2)
        await claimed(storage, stored, user_id, first)
        await claimed(storage, stored, user_id, second)
        await asyncio.gather(*(given_back(storage, ids.new_id()) for _ in range(20)))
        await asyncio.gather(*(given_back(storage, first) for _ in range(20)))
        assert await uses(storage, stored, user_id) == (1, 1)
        await claimed(storage, stored, user_id, first)
        assert await uses(storage, stored, user_id) == (2, 2)

    async def test_an_order_without_a_use_gives_nothing_back(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work)
        user_id = await a_user(storage.unit_of_work)
        used, other = await order_ids(storage, user_id, 2)
        await claimed(storage, stored, user_id, used)
        for order_id in (other, ids.new_id(), "none"):
            await given_back(storage, order_id)
        assert await uses(storage, stored, user_id) == (1, 1)
