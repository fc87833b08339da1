"""Thousands of customers, each with a login and a cart.

Each visit is by a customer whom the shop has not seen within the last second, as in real traffic: the shop must look
up the token, and no other request contends for the customer's rows.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asyncmy import Connection
from uuid_utils import UUID, uuid7

from shop.adapters.clock import SystemClock
from shop.adapters.security.secrets import RandomIds
from shop.adapters.security.tokens import JwtAccessTokens

LINES: Final = 3
_ROWS_PER_STATEMENT: Final = 1_000
_STOCK: Final = 1_000_000_000
_ITEMS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Customer:
    """A logged-in customer."""

    user_id: UUID
    session_id: UUID
    cart_id: UUID
    token: str


class Crowd:
    """Creates customers with a login and an empty cart each, and keeps all products in stock."""

    def __init__(self, connection: Connection, jwt_secret: str) -> None:
        self._connection = connection
        self._tokens = JwtAccessTokens(jwt_secret, timedelta(hours=1), SystemClock(), RandomIds())
        self._random = random.Random(1)
        self.customers: list[Customer] = []
        self.item_ids: list[bytes] = []
        self.carts: dict[UUID, Sequence[bytes]] = {}
        """The items in each cart, by its id."""

    async def gather(self, size: int) -> None:
        """Store `size` more customers."""
        async with self._connection.cursor() as cursor:
            await cursor.execute("UPDATE stock SET initial = %s, available = %s", (_STOCK, _STOCK))
            await cursor.execute(
                "SELECT item_id FROM stock WHERE listed = 1 AND active = 1 ORDER BY item_id LIMIT %s",
                (_ITEMS,),
            )
            self.item_ids = [item_id for (item_id,) in await cursor.fetchall()]
        added = [self._customer() for _ in range(size)]
        now = datetime.now(UTC).replace(tzinfo=None)
        users, sessions, carts = [], [], []
        for customer in added:
            user_id, name = customer.user_id.bytes, customer.user_id.hex
            users.append((user_id, name, name, "customer", 1, now, 1))
            digest = customer.session_id.bytes * 2
            sessions.append((customer.session_id.bytes, user_id, digest, now, now + timedelta(days=1)))
            carts.append((customer.cart_id.bytes, user_id, 1))
        await self._insert("users (id, username, username_key, role, active, created_at, version)", users)
        await self._insert("sessions (id, user_id, refresh_digest, created_at, expires_at)", sessions)
        await self._insert("carts (id, user_id, version)", carts)
        self.customers += added

    async def fill_carts(self, lines: int, *, hot: bool = False) -> None:
        """Fill every cart with the given number of lines of one unit each: random items, or the same one."""
        async with self._connection.cursor() as cursor:
            await cursor.execute("DELETE FROM cart_lines")
            await cursor.execute("UPDATE carts SET version = %s, promo_code = NULL", (lines + 1,))
        self.carts = {customer.cart_id: self.choice(lines, hot=hot) for customer in self.customers}
        rows = [
            (customer.cart_id.bytes, item_id, position, 1)
            for customer in self.customers
            for position, item_id in enumerate(self.carts[customer.cart_id], start=1)
        ]
        await self._insert("cart_lines (cart_id, item_id, position, quantity)", rows)

    def choice(self, lines: int = LINES, *, hot: bool = False) -> Sequence[bytes]:
        """Return distinct items: random ones, or the same ones every time if `hot`."""
        return self.item_ids[:lines] if hot else self._random.sample(self.item_ids, lines)

    def _customer(self) -> Customer:
        user_id, session_id = uuid7(), uuid7()
        token, _ = self._tokens.issue(str(user_id), str(session_id))
        return Customer(user_id, session_id, uuid7(), token)

    async def _insert(self, target: str, rows: Sequence[Iterable[Any]]) -> None:
        async with self._connection.cursor() as cursor:
            for start in range(0, len(rows), _ROWS_PER_STATEMENT):
                some = [tuple(row) for row in rows[start : start + _ROWS_PER_STATEMENT]]
                marks = ", ".join([f"({', '.join(['%s'] * len(some[0]))})"] * len(some))
                await cursor.execute(
                    f"INSERT INTO {target} VALUES {marks}", [value for row in some for value in row]
                )
        await self._connection.commit()
