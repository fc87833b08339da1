"""Contract tests: which accounts and guests a promo code's limit per customer counts as one customer."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import NOW, a_snapshot, a_user, ids, placed, some_products, stored_promo_code
from shop.domain.promotions.promo_code import CodeUser, PromoCode, PromoCodeNotApplicable

pytestmark = pytest.mark.anyio


@pytest.fixture
async def code(storage: Any) -> PromoCode:
    stored: PromoCode = await stored_promo_code(storage.unit_of_work, per_customer_limit=1)
    return stored


async def an_order(storage: Any) -> str:
    product_ids = await some_products(storage.unit_of_work)
    return (
        await placed(storage.unit_of_work, replace(a_snapshot(ids.new_id(), *product_ids), user_id=None))
    ).id


async def use(storage: Any, code: PromoCode, user: CodeUser) -> str:
    """Claim a use for a new order. Return the order's id."""
    order_id = await an_order(storage)
    async with storage.unit_of_work() as work:
        await work.promo_codes.claim_use(code, order_id, user, NOW)
    return order_id


async def uses(storage: Any, code: PromoCode, user: CodeUser) -> int:
    """Return the number of uses, which is the same within a unit of work and outside."""
    _, outside = await storage.promo_codes.promo_code(code.code, user)
    async with storage.unit_of_work() as work:
        _, within = await work.promo_codes.get(code.code, user)
    assert within == outside
    return int(within)


async def refused(storage: Any, code: PromoCode, user: CodeUser) -> None:
    with pytest.raises(PromoCodeNotApplicable):
        await use(storage, code, user)


async def verify(storage: Any, user_id: str, address: str) -> CodeUser:
    """Give the account a verified address. Return the guest with this address."""
    digest = address.encode().ljust(32, b".")
    async with storage.unit_of_work() as work:
        user = await work.users.lock(user_id)
        await work.users.save(user.change_profile(None, address).verify_email(digest))
    return CodeUser(email_digest=digest)


async def change_address(storage: Any, user_id: str, address: str | None) -> None:
    async with storage.unit_of_work() as work:
        user = await work.users.lock(user_id)
        await work.users.save(user.change_profile(None, address))


def an_address() -> str:
    return f"{secrets.token_hex(6)}@example.org"


async def test_a_guests_use_counts_for_the_account_with_the_verified_address(
    storage: Any, code: PromoCode
) -> None:
    user_id = await a_user(storage.unit_of_work)
    guest = await verify(storage, user_id, an_address())
    await use(storage, code, guest)
    assert await uses(storage, code, CodeUser(user_id)) == 1
    await refused(storage, code, CodeUser(user_id))


async def test_an_accounts_use_counts_for_a_guest_with_its_verified_address(
    storage: Any, code: PromoCode
) -> None:
    user_id = await a_user(storage.unit_of_work)
    guest = await verify(storage, user_id, an_address())
    await use(storage, code, CodeUser(user_id))
    assert await uses(storage, code, guest) == 1
    await refused(storage, code, guest)


async def test_uses_before_the_verification_count_too(storage: Any, code: PromoCode) -> None:
    ada, bob, address = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work), an_address()
    await use(storage, code, CodeUser(ada))
    guest = CodeUser(email_digest=address.encode().ljust(32, b"."))
    assert await uses(storage, code, guest) == 0
    assert await verify(storage, ada, address) == guest
    await refused(storage, code, guest)
    other = an_address()
    await use(storage, code, CodeUser(email_digest=other.encode().ljust(32, b".")))
    assert await uses(storage, code, CodeUser(bob)) == 0
    await verify(storage, bob, other)
    await refused(storage, code, CodeUser(bob))


async def test_an_unverified_address_is_another_customer(storage: Any, code: PromoCode) -> None:
    user_id, address = await a_user(storage.unit_of_work), an_address()
    await change_address(storage, user_id, address)
    await use(storage, code, CodeUser(email_digest=address.encode().ljust(32, b".")))
    assert await uses(storage, code, CodeUser(user_id)) == 0
    await use(storage, code, CodeUser(user_id))


async def test_a_changed_address_no_longer_counts_for_the_account(storage: Any, code: PromoCode) -> None:
    user_id = await a_user(storage.unit_of_work)
    former = await verify(storage, user_id, an_address())
    await change_address(storage, user_id, an_address())
    await use(storage, code, former)
    assert await uses(storage, code, CodeUser(user_id)) == 0
    await use(storage, code, CodeUser(user_id))
    current = await verify(storage, user_id, an_address())
    await refused(storage, code, current)


async def test_a_use_counts_for_the_accounts_address_at_that_time(storage: Any, code: PromoCode) -> None:
    user_id = await a_user(storage.unit_of_work)
    former = await verify(storage, user_id, an_address())
    await use(storage, code, CodeUser(user_id))
    await change_address(storage, user_id, None)
    await refused(storage, code, former)
    await refused(storage, code, CodeUser(user_id))


async def test_a_closed_account_frees_its_address(storage: Any, code: PromoCode) -> None:
    ada, bob, address = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work), an_address()
    await verify(storage, ada, address)
    async with storage.unit_of_work() as work:
        user = await work.users.lock(ada)
        await work.users.save(user.close(NOW, other_active_admins=1))
    guest = await verify(storage, bob, address)
    await use(storage, code, guest)
    await refused(storage, code, CodeUser(bob))


async def test_a_use_counts_once_for_account_and_address(storage: Any) -> None:
    code = await stored_promo_code(storage.unit_of_work)
    user_id = await a_user(storage.unit_of_work)
    guest = await verify(storage, user_id, an_address())
    claimed = await use(storage, code, guest)
    async with storage.unit_of_work() as work:
        await work.promo_codes.give_use_to(claimed, user_id)
    await use(storage, code, CodeUser(user_id))
    assert [await uses(storage, code, user) for user in (guest, CodeUser(user_id))] == [2, 2]
    async with storage.unit_of_work() as work:
        await work.promo_codes.give_back_use(claimed)
    assert [await uses(storage, code, user) for user in (guest, CodeUser(user_id))] == [1, 1]


async def test_the_account_and_the_guest_race_for_the_last_use(storage: Any, code: PromoCode) -> None:
    """Five accounts claim uses, while guests with the accounts' addresses claim uses too."""

    @retry_on_conflict
    async def claim(order_id: str, user: CodeUser) -> bool:
        try:
            async with storage.unit_of_work() as work:
                await work.promo_codes.get(code.code, user)
                await work.promo_codes.claim_use(code, order_id, user, NOW)
        except PromoCodeNotApplicable:
            return False
        return True

    customers = []
    for _ in range(5):
        user_id = await a_user(storage.unit_of_work)
        customers.append((CodeUser(user_id), await verify(storage, user_id, an_address())))
    claims = [(await an_order(storage), user) for pair in customers for user in (*pair, *pair)]
    outcomes = await asyncio.gather(*(claim(*each) for each in claims))
    of_customer = [sum(outcomes[start : start + 4]) for start in range(0, 20, 4)]
    assert of_customer == [1] * 5
    found, _ = await storage.promo_codes.promo_code(code.code, CodeUser())
    assert found.times_used == 5
