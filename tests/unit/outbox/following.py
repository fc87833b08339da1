"""A reader that follows the feed of events."""

from typing import Any

import httpx

from tests.unit.shopping import (
    Json,
)

FEED = "/api/admin/events"


async def feed(client: httpx.AsyncClient, **parameters: Any) -> Json:
    answer = await client.get(FEED, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Follower:
    """Reads the events that were recorded after the last read, or after `start`."""

    def __init__(self, client: httpx.AsyncClient, cursor: str) -> None:
        self._client = client
        self._cursor = cursor

    @classmethod
    async def start(cls, client: httpx.AsyncClient) -> "Follower":
        cursor = ""
        while True:
            page = await feed(client, limit=100, **({"after": cursor} if cursor else {}))
            cursor = page["next"]
            if not page["items"]:
                return cls(client, cursor)

    async def new(self) -> list[Json]:
        page = await feed(self._client, after=self._cursor)
        self._cursor = page["next"]
        return list(page["items"])

    async def types(self) -> list[str]:
        return [event["type"] for event in await self.new()]
