"""Carts, checkouts and whole orders, compared with the same statements through bare asyncmy."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Final
from uuid import UUID

import msgspec
from asyncmy import Connection

from bench.bare_checkout import BareShop
from bench.contest import CLIENTS, Limit, Round, Scenario
from bench.crowd import LINES, Crowd, Customer
from bench.load import Visit, asking, drive, make, request
from bench.recording import Script
from bench.samples import Recorder, Sample, without_collector
from bench.statements import difference, statements_of

GOAL: Final = 0.3
TUTORIAL_GOAL: Final = 3 * 75 / 1_500
"""Three times the ratio of a tutorial's FastAPI + ORM shop, which made 75 whole orders per second where bare checkouts
of nine statements made 1,500."""

Visits = Callable[[Customer], Iterator[Visit]]
"""A customer's visits to the shop."""
BareVisits = Callable[[BareShop, Customer], Iterator[Awaitable[object]]]
"""The same visits on a bare connection; each must be awaited before the next."""


class Trade:
    """The buying scenarios, on the shop at this URL and on bare connections to its database."""

    def __init__(
        self, shop: str, crowd: Crowd, bare: Sequence[Connection], scripts: Mapping[int, Script]
    ) -> None:
        self._shop = shop
        self._crowd = crowd
        self._bare = [BareShop(connection, scripts) for connection in bare]

    def scenarios(self) -> list[Scenario]:
        """Return all scenarios."""
        same, first = "same SQL, bare asyncmy", "its first transaction, bare"
        nine_statements = self._bare_round(self._bare_nine_statements, LINES)
        return [
            Scenario(
                "add-to-cart",
                "adds",
                self._round(self._adds, 0),
                [Limit(same, self._bare_round(self._bare_adds, 0))],
            ),
            Scenario(
                "checkout",
                "checkouts",
                self._round(_checkout, LINES),
                [
                    Limit(same, self._bare_round(self._bare_checkout, LINES), GOAL),
                    Limit(first, self._bare_round(self._bare_reservation, LINES)),
                ],
            ),
            Scenario(
                "checkout-hot",
                "checkouts",
                self._round(_checkout, 1, hot=True),
                [
                    Limit(same, self._bare_round(self._bare_checkout, 1, hot=True), GOAL),
                    Limit(first, self._bare_round(self._bare_reservation, 1, hot=True)),
                ],
            ),
            Scenario(
                "orders",
                "orders",
                self._round(self._order, 0),
                [
                    Limit(same, self._bare_round(self._bare_order, 0)),
                    Limit("bare checkouts of nine statements", nine_statements, TUTORIAL_GOAL),
                ],
            ),
        ]

    async def check_statements(self, connection: Connection) -> int:
        """Return the number of statements per order, commits included.

        Raises RuntimeError unless the bare contender sends the same statements as the shop.
        """
        shop, bare = self._shop, self._bare[0]
        first, second, third = self._crowd.customers[:3]
        await self._crowd.fill_carts(0)

        async def by_shop(customer: Customer) -> None:
            await make(shop, self._order(customer))

        async def by_bare() -> None:
            for visit in self._bare_order(bare, third):
                await visit

        await by_shop(first)  # opens the pools' connections
        sent = await statements_of(connection, lambda: by_shop(second))
        sent_bare = await statements_of(connection, by_bare)
        if sent != sent_bare:
            raise RuntimeError(
                "the bare contender doesn't send what the shop sends:\n" + difference(sent, sent_bare)
            )
        return sent.total()

    async def orders(self, shop: str, seconds: float) -> Sample:
        """Measure whole orders (three adds and a checkout each) at the shop of this URL."""
        await self._crowd.fill_carts(0)
        clients = [
            (visit for customer in customers for visit in self._order(customer))
            for customers in self._shares()
        ]
        return await drive(shop, clients, seconds)

    async def checkouts(self, shop: str, seconds: float) -> Sample:
        """Measure checkouts of filled carts at the shop of this URL."""
        await self._crowd.fill_carts(LINES)
        clients = [
            (visit for customer in customers for visit in _checkout(customer)) for customers in self._shares()
        ]
        return await drive(shop, clients, seconds)

    def _round(self, visits: Visits, lines: int, *, hot: bool = False) -> Round:
        async def measure(seconds: float) -> Sample:
            await self._crowd.fill_carts(lines, hot=hot)
            clients = [
                (visit for customer in customers for visit in visits(customer))
                for customers in self._shares()
            ]
            return await drive(self._shop, clients, seconds)

        return measure

    def _bare_round(self, visits: BareVisits, lines: int, *, hot: bool = False) -> Round:
        async def measure(seconds: float) -> Sample:
            await self._crowd.fill_carts(lines, hot=hot)
            with without_collector():
                recorder = Recorder(seconds)
                clients = zip(self._bare, self._shares(), strict=True)
                await asyncio.gather(
                    *(_buy(bare, visits, customers, recorder) for bare, customers in clients)
                )
            return recorder.sample()

        return measure

    def _shares(self) -> list[Sequence[Customer]]:
        """Return each client's share of the crowd. No customer is in two shares."""
        return [self._crowd.customers[client::CLIENTS] for client in range(CLIENTS)]

    def _adds(self, customer: Customer) -> Iterator[Visit]:
        return (asking(_add(customer, item_id)) for item_id in self._crowd.choice())

    def _order(self, customer: Customer) -> Iterator[Visit]:
        adds = [_add(customer, item_id) for item_id in self._crowd.choice()]
        yield asking(*adds, _check_out(customer), status=201)

    def _bare_adds(self, bare: BareShop, customer: Customer) -> Iterator[Awaitable[object]]:
        items = self._crowd.choice()
        for number in range(1, len(items) + 1):
            yield _bare_add(bare, customer, items[:number])

    def _bare_order(self, bare: BareShop, customer: Customer) -> Iterator[Awaitable[object]]:
        async def order() -> None:
            items = self._crowd.choice()
            for number in range(1, len(items) + 1):
                await _bare_add(bare, customer, items[:number])
            await bare.check_out(customer, items)

        yield order()

    def _bare_checkout(self, bare: BareShop, customer: Customer) -> Iterator[Awaitable[object]]:
        async def check_out() -> None:
            await bare.authenticate(customer)
            await bare.check_out(customer, self._crowd.carts[customer.cart_id])

        yield check_out()

    def _bare_reservation(self, bare: BareShop, customer: Customer) -> Iterator[Awaitable[object]]:
        yield bare.reserve(customer, self._crowd.carts[customer.cart_id])

    def _bare_nine_statements(self, bare: BareShop, customer: Customer) -> Iterator[Awaitable[object]]:
        yield bare.reserve_one_by_one(customer, self._crowd.carts[customer.cart_id])


async def _buy(bare: BareShop, visits: BareVisits, customers: Sequence[Customer], recorder: Recorder) -> None:
    now = perf_counter()
    for customer in customers:
        for visit in visits(bare, customer):
            began = now
            await visit
            now = perf_counter()
            recorder.record(began, now)
        if now > recorder.deadline:
            return


def _add(customer: Customer, item_id: bytes) -> bytes:
    body = msgspec.json.encode({"itemId": str(UUID(bytes=item_id)), "quantity": 1})
    return request("POST", "/api/cart/items", token=customer.token, body=body)


def _check_out(customer: Customer) -> bytes:
    return request("POST", "/api/cart/checkout", token=customer.token)


def _checkout(customer: Customer) -> Iterator[Visit]:
    yield asking(_check_out(customer), status=201)


async def _bare_add(bare: BareShop, customer: Customer, items: Sequence[bytes]) -> None:
    if len(items) == 1:
        await bare.authenticate(customer)
    await bare.add_to_cart(customer, items)
