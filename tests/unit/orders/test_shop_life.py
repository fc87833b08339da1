"""The life of a shop, step by step: whatever customers, owners, workers and failures do, the books are right.

Hypothesis chooses the steps, several of them at the same time; after each one the design's invariants are checked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shop.testing import ShopHarness, shop_harness
from tests.faults import CommitFault, FaultyStorage, ProviderFault, break_provider
from tests.shop_steps import CODES, Shop

ORDER = st.integers(0, 30)
"""Which order a step is about, counted backwards from the newest."""
CUSTOMER = st.integers(0, 2)
PRODUCT = st.integers(0, 2)
QUANTITY = st.integers(1, 4)
KEY = st.sampled_from([None, "one", "two", "three"])
CODE = st.sampled_from([None, *CODES])
AMOUNT = st.sampled_from([None, 0.01, 3.33])
"""The amount of a refund; None refunds all that is left."""
OUTCOME = st.sampled_from(["succeeded", "failed"])


Step = Callable[[Shop], Coroutine[Any, Any, None]]


def steps(act: Callable[..., Awaitable[None]], *arguments: st.SearchStrategy[Any], needs: str = "") -> Any:
    """Return steps of one kind. They do nothing while the list of the shop that `needs` names is empty."""

    def step(drawn: tuple[Any, ...]) -> Step:
        async def run(shop: Shop) -> None:
            if not needs or getattr(shop, needs):
                await act(shop, *drawn)

        run.__name__ = f"{act.__name__}{drawn}"
        return run

    return st.tuples(*arguments).map(step)


STEP = st.one_of(
    steps(Shop.add_to_cart, CUSTOMER, PRODUCT, QUANTITY),
    steps(Shop.check_out, CUSTOMER, CODE, KEY),
    steps(Shop.buy_now, CUSTOMER, PRODUCT, QUANTITY, CODE, KEY),
    steps(Shop.open_payment, ORDER, KEY, needs="orders"),
    steps(Shop.pay, ORDER, OUTCOME, needs="secrets"),
    steps(Shop.cancel, ORDER, KEY, st.booleans(), needs="orders"),
    steps(Shop.refund, ORDER, AMOUNT, st.booleans(), KEY, needs="orders"),
    steps(Shop.adjust_stock, PRODUCT, st.integers(-3, 3).filter(bool)),
    steps(Shop.edit_product, PRODUCT, st.sampled_from([0, 0.01, 7.77, 20]), st.booleans()),
    steps(Shop.edit_promo_code, st.sampled_from(CODES), st.integers(1, 4), st.booleans()),
    steps(Shop.work),
    steps(Shop.work_twice_concurrently),
)


class ShopLife(RuleBasedStateMachine):
    """One life after another in one shop, which is emptied before each: opening a new shop would take longer."""

    loop: ClassVar[asyncio.Runner]
    harness: ClassVar[ShopHarness]
    storage: ClassVar[FaultyStorage]

    def __init__(self) -> None:
        super().__init__()
        self.went_well = True

    @initialize()
    def open(self) -> None:
        self.storage.reset()
        self.provider_faults: list[ProviderFault | None] = []
        break_provider(self.harness.payments, self.provider_faults)
        self.shop = Shop(self.harness, self.storage)
        self.run(self.shop.open())

    @rule(step=STEP)
    def one_step(self, step: Step) -> None:
        self.run(step(self.shop))

    @rule(at_once=st.lists(STEP, min_size=2, max_size=4))
    def several_concurrent_steps(self, at_once: list[Step]) -> None:
        async def run() -> None:
            await asyncio.gather(*(step(self.shop) for step in at_once))

        self.run(run())

    @rule(customers=st.lists(CUSTOMER, min_size=2, max_size=4), product=PRODUCT, code=CODE, key=KEY)
    def buyers_compete_for_the_same_items(
        self, customers: list[int], product: int, code: str | None, key: str | None
    ) -> None:
        async def run() -> None:
            await asyncio.gather(*(self.shop.buy_now(each, product, 2, code, key) for each in customers))

        self.run(run())

    @rule(order=ORDER, outcome=OUTCOME, key=KEY)
    def an_order_is_concurrently_paid_cancelled_and_swept(
        self, order: int, outcome: str, key: str | None
    ) -> None:
        async def run() -> None:
            if self.shop.orders and self.shop.secrets:
                await asyncio.gather(
                    self.shop.pay(order, outcome), self.shop.cancel(order, key, False), self.shop.work()
                )

        self.run(run())

    @rule(customer=CUSTOMER, product=PRODUCT, restock=st.booleans(), key=KEY)
    def an_order_is_concurrently_refunded_cancelled_and_swept(
        self, customer: int, product: int, restock: bool, key: str | None
    ) -> None:
        async def run() -> None:
            await self.shop.buy_now(customer, product, 1, None, None)
            if self.shop.orders and self.shop.secrets:
                await self.shop.pay(0, "succeeded")
                await asyncio.gather(
                    self.shop.refund(0, 0.01, True, None),
                    self.shop.refund(0, None, restock, key),
                    self.shop.cancel(0, None, True),
                    self.shop.work_twice_concurrently(),
                )

        self.run(run())

    @rule(minutes=st.sampled_from([0.1, 1.1, 10, 30, 24 * 60 + 1]))
    def time_passes(self, minutes: float) -> None:
        self.shop.shop.clock.advance(minutes=minutes)
        if minutes > 24 * 60:
            self.shop.answers.clear()  # the keys are free again

    @rule(reachable=st.booleans())
    def the_provider_becomes_unreachable_or_reachable(self, reachable: bool) -> None:
        self.shop.shop.payments.reachable = reachable
        self.shop.troubled |= not reachable

    @rule(faults=st.lists(st.sampled_from([None, *ProviderFault]), min_size=1, max_size=4), step=STEP)
    def requests_to_the_provider_get_lost(self, faults: list[ProviderFault | None], step: Step) -> None:
        self.shop.troubled = True
        self.provider_faults[:] = faults
        self.run(step(self.shop))

    @rule(faults=st.lists(st.sampled_from([None, *CommitFault]), min_size=1, max_size=6), step=STEP)
    def commits_get_lost(self, faults: list[CommitFault | None], step: Step) -> None:
        self.shop.troubled = True
        self.shop.storage.faults[:] = faults
        self.run(step(self.shop))
        self.shop.storage.faults.clear()

    @invariant()
    def the_invariants_hold(self) -> None:
        self.run(self.shop.check())

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        went_well, self.went_well = self.went_well, False
        result = self.loop.run(step)
        self.went_well = went_well
        return result

    def teardown(self) -> None:
        if self.went_well:
            self.provider_faults.clear()
            self.run(self.shop.finish_all_work())


class TestShopLife(ShopLife.TestCase):
    settings = settings(max_examples=30, stateful_step_count=30)

    @classmethod
    def setUpClass(cls) -> None:
        ShopLife.loop = asyncio.Runner()
        ShopLife.storage = FaultyStorage()
        cls.resources = AsyncExitStack()
        harness = shop_harness(ShopLife.storage, access_token_ttl=timedelta(days=4000))
        ShopLife.harness = ShopLife.loop.run(cls.resources.enter_async_context(harness))

    @classmethod
    def tearDownClass(cls) -> None:
        ShopLife.loop.run(cls.resources.aclose())
        ShopLife.loop.close()
