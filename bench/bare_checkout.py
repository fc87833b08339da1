"""The upper bound of carts and checkouts: the shop's exact packets through bare asyncmy.

The packets are recorded from the shop itself at each start. Between two packets, the only Python code that runs fills
ids into the next one. `statements.py` compares, at the server, the statements sent here with those of the shop.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncmy import Connection
from uuid_utils import uuid7

from bench.crowd import Customer
from bench.recording import Packet, Script

_IDS_OF_ORDERS: Final = ("order", "event")


class BareShop:
    """The shop's work for a customer, on one connection (READ COMMITTED, without autocommit).

    `scripts` has one script per number of lines in an order.
    """

    def __init__(self, connection: Connection, scripts: Mapping[int, Script]) -> None:
        self._connection = connection
        self._scripts = scripts

    async def authenticate(self, customer: Customer) -> None:
        """Run the query that the shop runs for a token which it has not seen within the last second."""
        script = next(iter(self._scripts.values()))
        await self._send(script.principal, self._slots(customer, ()))

    async def add_to_cart(self, customer: Customer, items: Sequence[bytes]) -> None:
        """Add the last of the items; the others are in the cart already."""
        script = self._scripts[max(self._scripts)]
        for packet in script.adds[len(items) - 1]:
            await self._send(packet, self._slots(customer, items))

    async def check_out(self, customer: Customer, items: Sequence[bytes]) -> None:
        """Run all three transactions: the order, the sandbox's payment intent, the payment."""
        await self._run(self._scripts[len(items)].checkout, customer, items)

    async def reserve(self, customer: Customer, items: Sequence[bytes]) -> None:
        """Run the first transaction."""
        await self._run(self._scripts[len(items)].reservation, customer, items)

    async def reserve_one_by_one(self, customer: Customer, items: Sequence[bytes]) -> None:
        """Run nine statements of the first transaction and its commit, each in its own packet."""
        await self._run(self._scripts[len(items)].one_by_one, customer, items)

    async def _run(self, packets: Sequence[Packet], customer: Customer, items: Sequence[bytes]) -> None:
        slots = self._slots(customer, sorted(items))
        for packet in packets:
            await self._send(packet, slots)

    def _slots(self, customer: Customer, items: Sequence[bytes]) -> dict[str, str]:
        """Return the values that fill the slots of a packet, with ids of a new order of the customer."""
        intent = f"pi_sandbox_{uuid7().hex}"
        ids = {
            "user": customer.user_id.bytes,
            "cart": customer.cart_id.bytes,
            "session": customer.session_id.bytes,
        }
        ids |= {name: uuid7().bytes for name in _IDS_OF_ORDERS}
        ids |= {f"item{number}": item for number, item in enumerate(items)}
        slots = {
            name: self._connection.literal(value)  # type: ignore[no-untyped-call]
            for name, value in ids.items()
        }
        slots |= {f"{name}_text": str(UUID(bytes=value)) for name, value in ids.items()}
        return slots | {
            "intent": intent,
            "secret": f"{intent}_secret_{uuid7().hex}",
            "number": ids["order"].hex()[-14:],
        }

    async def _send(self, packet: Packet, slots: Mapping[str, str]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.execute(packet.filled(slots))
            await cursor.fetchall()
            while await cursor.nextset():
                await cursor.fetchall()
