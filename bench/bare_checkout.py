"""The upper bound of carts and checkouts: the shop's exact statements, hand-written, through bare asyncmy.

Between statements runs only the Python that computes the next one's values. `statements.py` compares, at the
server, the statements sent here with the shop's: when the shop's SQL changes, this module must follow.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asyncmy import Connection
from uuid_utils import uuid7

from bench.crowd import Customer

PRINCIPAL: Final = """SELECT users.id, users.username, users.role
FROM sessions INNER JOIN users ON users.id = sessions.user_id
WHERE sessions.id = %s AND sessions.revoked_at IS NULL AND users.active = TRUE"""
LOCK_CART: Final = """SELECT carts.id, carts.user_id, carts.promo_code, carts.version, cart_lines.product_id,
cart_lines.quantity FROM carts LEFT OUTER JOIN cart_lines ON cart_lines.cart_id = carts.id
WHERE carts.user_id = %s ORDER BY cart_lines.position FOR UPDATE"""
OFFERS: Final = """SELECT products.id, products.sku, products.name, products.price, products.active, products.deleted,
    stock.available
FROM products INNER JOIN stock ON stock.product_id = products.id
WHERE products.id IN ({ids})"""
ADD_LINE: Final = "INSERT INTO cart_lines (cart_id, product_id, position, quantity) VALUES (%s, %s, %s, %s)"
UPDATE_CART: Final = "UPDATE carts SET promo_code=%s, version=%s WHERE carts.id = %s"
EMPTY_CART: Final = "DELETE FROM cart_lines WHERE cart_lines.cart_id = %s"
ADD_ORDER: Final = """INSERT INTO orders (id, number, user_id, created_at, currency, subtotal, discount, total,
promo_code, contact, shipping_address) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
ADD_ORDER_LINES: Final = """INSERT INTO order_lines (order_id, position, product_id, sku, name, unit_price, quantity,
discount, line_total) VALUES {rows}"""
ADD_STATE: Final = """INSERT INTO order_states (order_id, user_id, created_at, currency, total, status, expires_at,
refunded_total, payment_attempt, history_length, cancelling_reason, cancelling_note, cancelling_since,
cancelling_recorded, disputed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
ADD_HISTORY: Final = (
    "INSERT INTO order_history (order_id, sequence, status, at, reason) VALUES (%s, %s, %s, %s, %s)"
)
TAKE_STOCK: Final = """UPDATE stock SET available=(stock.available - CASE stock.product_id {cases} END)
WHERE stock.product_id IN ({ids}) AND stock.available >= CASE stock.product_id {cases} END"""
ADD_INTENT: Final = """INSERT INTO sandbox_intents (id, order_id, attempt, amount, currency, client_secret, status,
refunded, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
LOCK_STATE: Final = """SELECT order_states.order_id, order_states.user_id, order_states.created_at,
order_states.currency, order_states.total, order_states.status, order_states.expires_at, order_states.refunded_total,
order_states.payment_attempt, order_states.history_length, order_states.cancelling_reason, order_states.cancelling_note,
order_states.cancelling_since, order_states.cancelling_recorded, order_states.counted_as, order_states.miscounted,
order_states.disputed_at, order_states.leased_until FROM order_states WHERE order_states.order_id = %s FOR UPDATE"""
ADD_PAYMENT: Final = """INSERT INTO payments (order_id, attempt, provider, intent_id, client_secret, status, amount,
currency, created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""

_NO_CONTACT: Final = json.dumps(dict.fromkeys(("name", "email", "phone")))
_NO_ADDRESS: Final = json.dumps(
    dict.fromkeys(("name", "line1", "line2", "city", "region", "postal_code", "country"))
)
_MARKS: Final = {count: ", ".join(["%s"] * count) for count in range(1, 10)}


class BareShop:
    """The shop's work for a customer, on one connection (READ COMMITTED, without autocommit)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def authenticate(self, customer: Customer) -> None:
        """Run the queries for a token that the shop hasn't seen for a second."""
        await self._rows(PRINCIPAL, (customer.session_id.bytes,))

    async def add_to_cart(self, customer: Customer, product_id: bytes) -> None:
        """Add a product that isn't in the cart yet."""
        lines = await self._rows(LOCK_CART, (customer.user_id.bytes,))
        cart_id, version = lines[0][0], lines[0][3] + 1
        wanted = [line[4] for line in lines if line[4] is not None] + [product_id]
        await self._rows(OFFERS.format(ids=_MARKS[len(wanted)]), wanted)
        await self._run(ADD_LINE, (cart_id, product_id, version, 1))
        await self._run(UPDATE_CART, (None, version, cart_id))
        await self._connection.commit()

    async def check_out(self, customer: Customer) -> None:
        """Run all three transactions: the order, the sandbox's payment intent, the payment."""
        order_id, total = await self.reserve(customer)
        intent_id = f"pi_sandbox_{uuid7().hex}"
        secret = f"{intent_id}_secret_{uuid7().hex}"
        now = datetime.now(UTC).replace(tzinfo=None)
        await self._run(ADD_INTENT, (intent_id, order_id, 1, total, "USD", secret, "pending", 0, now))
        await self._connection.commit()
        await self._rows(LOCK_STATE, (order_id,))
        payment = (order_id, 1, "sandbox", intent_id, secret, "pending", total, "USD", now, now)
        await self._run(ADD_PAYMENT, payment)
        await self._connection.commit()

    async def reserve(self, customer: Customer) -> tuple[bytes, int]:
        """Run the first transaction, nine statements and a commit. Return the order's id and total."""
        user_id, order_id, now = customer.user_id.bytes, uuid7().bytes, datetime.now(UTC).replace(tzinfo=None)
        lines = await self._rows(LOCK_CART, (user_id,))
        quantities = {line[4]: line[5] for line in lines}
        offers = await self._rows(OFFERS.format(ids=_MARKS[len(quantities)]), list(quantities))
        total = sum(price * quantities[product_id] for product_id, _, _, price, *_ in offers)
        number = order_id.hex()[-14:]
        order = (order_id, number, user_id, now, "USD", total, 0, total, None, _NO_CONTACT, _NO_ADDRESS)
        await self._run(ADD_ORDER, order)
        values: list[Any] = []
        for position, (product_id, sku, name, price, *_) in enumerate(sorted(offers)):
            quantity = quantities[product_id]
            values += (order_id, position, product_id, sku, name, price, quantity, 0, price * quantity)
        rows = ", ".join([f"({_MARKS[9]})"] * len(offers))
        await self._run(ADD_ORDER_LINES.format(rows=rows), values)
        expires = now + timedelta(minutes=30)
        state = (order_id, user_id, now, "USD", total, "pending", expires, 0, 1, 1, None, None, None, 0, None)
        await self._run(ADD_STATE, state)
        await self._run(ADD_HISTORY, (order_id, 0, "pending", now, None))
        await self._run(EMPTY_CART, (lines[0][0],))
        await self._run(UPDATE_CART, (None, lines[0][3] + 1, lines[0][0]))
        await self._take(quantities)
        await self._connection.commit()
        return order_id, total

    async def _take(self, quantities: dict[bytes, int]) -> None:
        ordered = sorted(quantities.items())
        pairs = [value for pair in ordered for value in pair]
        cases = " ".join(["WHEN %s THEN %s"] * len(ordered))
        statement = TAKE_STOCK.format(cases=cases, ids=_MARKS[len(ordered)])
        await self._run(statement, [*pairs, *(product_id for product_id, _ in ordered), *pairs])

    async def _rows(self, statement: str, values: Sequence[Any]) -> Sequence[tuple[Any, ...]]:
        async with self._connection.cursor() as cursor:
            await cursor.execute(statement, values)
            rows: Sequence[tuple[Any, ...]] = await cursor.fetchall()
            return rows

    async def _run(self, statement: str, values: Sequence[Any]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.execute(statement, values)
