"""Records what the shop sends to MySQL for one order, as templates that other customers' orders fill in.

The bare contender can therefore never fall behind the shop's SQL: it replays the recorded packets.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

import httpx

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.drivers import Prepared
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.storage import SqlStorage
from shop.testing import ShopHarness, shop_harness

CACHED_SECONDS: Final = 1.0
"""How long a server may cache the user of a login."""
_SLOT: Final = re.compile("\x00(\\w+)\x00")
_LATER: Final = ("selling_rules", "INTO events")
"""Statements that a checkout's first transaction did not have when the goal of whole orders was set."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Statements that are sent together. `slots` are the names of the values to insert between the `pieces` of text."""

    pieces: Sequence[str]
    slots: Sequence[str]
    statements: int

    @classmethod
    def of(cls, statements: Sequence[str], names: Mapping[str, str]) -> Self:
        """Return the packet with a slot for every text in `names`."""
        text = ";".join(statements)
        for literal, name in names.items():
            text = text.replace(literal, f"\x00{name}\x00")
        parts = _SLOT.split(text)
        return cls(parts[::2], parts[1::2], len(statements))

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with the values, which are literals, in its slots."""
        filled = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            filled += (values[slot], piece)
        return "".join(filled)


@dataclass(frozen=True, slots=True)
class Script:
    """The packets of a login's first look-up, of each add, and of the checkout.

    Slots: `user`, `cart`, `session`, `order`, `event`, `item0` … as binary literals, with `_text` as the text of the
    id; `number`, `intent` and `secret` of the order.
    """

    principal: Packet
    adds: Sequence[Sequence[Packet]]
    checkout: Sequence[Packet]
    one_by_one: Sequence[Packet]
    """The statements of the checkout's first transaction as they were when the goal was set, each in its own packet."""

    @property
    def reservation(self) -> Sequence[Packet]:
        """The checkout's first transaction."""
        end = next(n for n, packet in enumerate(self.checkout) if packet.pieces[-1].endswith("COMMIT"))
        return self.checkout[: end + 1]


class _Recorder:
    """Records the packets that are sent during each `call`, by its name."""

    def __init__(self) -> None:
        self.sent: dict[str, list[list[Prepared]]] = {}
        self.literal: Callable[[Any], str] = str
        self._call = ""

    def connection(self, *arguments: Any) -> DirectConnection:
        recorder = self

        class Recording(DirectConnection):
            async def _send(self, last: Prepared, deadline: float) -> Any:
                recorder.literal = self._driver.literal
                recorder.sent.setdefault(recorder._call, []).append([*self._deferred, last])
                return await super()._send(last, deadline)

        return Recording(*arguments)

    async def call(self, name: str, client: httpx.AsyncClient, path: str, body: Any = None) -> Any:
        self._call = name
        answer = await client.post(path, json=body)
        answer.raise_for_status()
        self._call = ""
        return answer.json()


async def record(database_url: str, username: str, items: Sequence[bytes]) -> Script:
    """Buy the items, one unit each, as a new customer with a cart. Return the packets that were sent."""
    recorder = _Recorder()
    storage = SqlStorage(Database(database_url, direct=recorder.connection))
    try:
        async with shop_harness(storage) as shop:
            order = await _buy(shop, recorder, username, items)
    finally:
        await storage.close()
    return _script(recorder, order, items)


async def _buy(shop: ShopHarness, recorder: _Recorder, username: str, items: Sequence[bytes]) -> Any:
    customer, other = await shop.customer(username), await shop.customer(f"{username}-other")
    (await customer.get("/api/cart")).raise_for_status()  # creates the cart
    await asyncio.sleep(CACHED_SECONDS)  # the login is looked up again
    bodies = [{"itemId": str(UUID(bytes=item)), "quantity": 1} for item in items]
    # This request fills the caches that all customers share.
    (await other.post("/api/cart/items", json=bodies[0])).raise_for_status()
    for number, body in enumerate(bodies):
        await recorder.call(f"add{number}", customer, "/api/cart/items", body)
    return (await recorder.call("checkout", customer, "/api/cart/checkout"))["order"]


def _script(recorder: _Recorder, order: Any, items: Sequence[bytes]) -> Script:
    sent = [each for name, packets in recorder.sent.items() if name for packet in packets for each in packet]
    session = next(each.values[0] for each in sent if "FROM sessions" in each.text)
    cart = next(each.values[-1] for each in sent if each.text.startswith("UPDATE carts"))
    event = next(each.values[0] for each in sent if each.text.startswith("INSERT INTO events"))
    owner = next(each.values[0] for each in sent if each.text.startswith("SELECT carts.id"))
    ids = {"session": session, "cart": cart, "event": event, "user": owner, "order": UUID(order["id"]).bytes}
    ids |= {f"item{number}": item for number, item in enumerate(items)}
    secret = order["payment"]["clientSecret"]
    names = {secret: "secret", secret.partition("_secret_")[0]: "intent", order["number"]: "number"}
    names |= {recorder.literal(value): name for name, value in ids.items()}
    names |= {str(UUID(bytes=value)): f"{name}_text" for name, value in ids.items()}

    def packets(name: str) -> list[Packet]:
        return [
            Packet.of([piece for each in packet for piece in each.pieces], names)
            for packet in recorder.sent[name]
            if "FROM sessions" not in packet[0].text
        ]

    first = [each for packet in recorder.sent["checkout"] for each in packet]
    first = first[: 1 + next(number for number, each in enumerate(first) if each.text == "COMMIT")]
    return Script(
        next(Packet.of(each.pieces, names) for each in sent if "FROM sessions" in each.text),
        [packets(f"add{number}") for number in range(len(items))],
        packets("checkout"),
        [Packet.of(each.pieces, names) for each in first if not any(part in each.text for part in _LATER)],
    )
