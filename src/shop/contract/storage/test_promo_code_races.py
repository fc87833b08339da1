"""Contract tests: concurrent claims of promo codes."""

import asyncio
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import (
    NOW,
    a_user,
    stored_promo_code,
)
from shop.contract.storage.test_promo_codes import claimed, given_back, order_ids, uses
from shop.domain.promotions.promo_code import (
    CodeUser,
    PromoCode,
    PromoCodeNotApplicable,
    Refusal,
)

pytestmark = pytest.mark.anyio


async def outcomes_of_claims(
    storage: Any, promo_code: PromoCode, claims: list[tuple[str, str]]
) -> list[Refusal | None]:
    """Make concurrent claims of (order, user). Return each refusal, or None for a successful claim."""

    @retry_on_conflict
    async def claim(order_id: str, user_id: str) -> Refusal | None:
        try:
            async with storage.unit_of_work() as work:
                await work.promo_codes.get(promo_code.code, CodeUser(user_id))
                await work.promo_codes.claim_use(promo_code, order_id, CodeUser(user_id), NOW)
        except PromoCodeNotApplicable as error:
            return error.refusal
        return None

    return list(await asyncio.gather(*(claim(*one) for one in claims)))


class TestRaces:
    async def test_twenty_concurrent_claims_of_five_uses_give_five(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work, usage_limit=5)
        users = [await a_user(storage.unit_of_work) for _ in range(20)]
        claims = [((await order_ids(storage, user_id))[0], user_id) for user_id in users]
        outcomes = await outcomes_of_claims(storage, stored, claims)
        assert outcomes.count(None) == 5
        assert outcomes.count(Refusal.USED_UP) == 15
        assert (await uses(storage, stored, users[0]))[0] == 5

    async def test_concurrent_claims_never_exceed_the_limit_per_customer(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work, per_customer_limit=3)
        user_id = await a_user(storage.unit_of_work)
        claims = [(order_id, user_id) for order_id in await order_ids(storage, user_id, 20)]
        outcomes = await outcomes_of_claims(storage, stored, claims)
        assert outcomes.count(None) == 3
        assert outcomes.count(Refusal.CUSTOMER_LIMIT) == 17
        assert await uses(storage, stored, user_id) == (3, 3)

    async def test_concurrent_claims_and_returns_add_up(self, storage: Any) -> None:
        stored = await stored_promo_code(storage.unit_of_work)
        user_id = await a_user(storage.unit_of_work)
        orders = await order_ids(storage, user_id, 20)
        for order_id in orders[:10]:
            await claimed(storage, stored, user_id, order_id)
        give_back, claim = retry_on_conflict(given_back), retry_on_conflict(claimed)
        await asyncio.gather(
            *(give_back(storage, order_id) for order_id in orders[:10]),
            *(claim(storage, stored, user_id, order_id) for order_id in orders[10:]),
        )
        assert await uses(storage, stored, user_id) == (10, 10)
