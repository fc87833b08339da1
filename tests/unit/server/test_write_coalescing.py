"""A response is sent in one piece, however it was written."""

import asyncio
from typing import cast

import pytest

from shop.entrypoints.server.write_coalescing import CoalescingTransport

pytestmark = pytest.mark.anyio


class Recording:
    """A transport that remembers what it was given."""

    def __init__(self) -> None:
        self.sent: list[bytes | str] = []
        self.lost = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append("closed")

    def is_closing(self) -> bool:
        return self.lost

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def gathering(transport: Recording) -> CoalescingTransport:
    return CoalescingTransport(cast("asyncio.Transport", transport), asyncio.get_running_loop())


async def test_writes_of_one_loop_turn_are_sent_together() -> None:
    transport = Recording()
    gathered = gathering(transport)
    gathered.write(b"head ")
    gathered.write(b"body")
    assert transport.sent == []
    await asyncio.sleep(0)
    assert transport.sent == [b"head body"]
    gathered.write(b"the next")
    await asyncio.sleep(0)
    assert transport.sent == [b"head body", b"the next"]


async def test_closing_loses_and_repeats_no_bytes() -> None:
    transport = Recording()
    gathered = gathering(transport)
    gathered.write(b"last words")
    gathered.close()
    await asyncio.sleep(0)
    assert transport.sent == [b"last words", "closed"]


async def test_nothing_is_sent_after_disconnection() -> None:
    transport = Recording()
    gathered = gathering(transport)
    gathered.write(b"too late")
    transport.lost = True
    await asyncio.sleep(0)
    assert transport.sent == []


async def test_other_methods_are_delegated_to_the_transport() -> None:
    assert gathering(Recording()).get_extra_info("peername") == "the peername"
