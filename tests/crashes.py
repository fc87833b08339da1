"""Lets a server die at the points of a request, and checks the books after each death."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx

from tests.books import Books
from tests.crashing import MortalServer, Request
from tests.instances import Instances
from tests.sweeps import sweep


class Crashes:
    """Lets the server die at points of a request, then lets the client retry the request.

    `lease_seconds` is longer than the lease of an idempotency key: afterwards, a retry takes the request over.
    """

    def __init__(
        self,
        shops: Instances,
        mortal: MortalServer,
        client: httpx.AsyncClient,
        stride: int,
        lease_seconds: int = 10,
    ) -> None:
        self.shops = shops
        self.mortal = mortal
        self.client = client
        self.stride = stride
        self.lease_seconds = lease_seconds
        self._books: Books | None = None

    def request(self, path: str, key: str, body: Any = None) -> Request:
        """Return a POST of the client under this idempotency key."""
        headers = {"Authorization": self.client.headers["Authorization"], "Idempotency-Key": key}
        return Request(path, headers, body)

    async def sweep(
        self,
        prepare: Callable[[str], Awaitable[Request]],
        recover: Callable[[Request, int], Awaitable[None]],
    ) -> Sequence[int]:
        """Let the server die at every `stride`-th point, and at the last one. Return the visited points.

        `prepare` makes the request under the key that it is given. `recover` is called after each death.
        """
        points = self.mortal.answer(await prepare("undisturbed"), self.shops[0].clock.now())
        visited = sweep(points, self.stride)
        for point in visited:
            request = await prepare(f"key {point}")
            assert self.mortal.dies(request, self.shops[0].clock.now(), at=point)
            await self.shops.outlive()
            self._books = await self.shops.check(quiet=False, before=self._books)
            await recover(request, point)
        await self.shops.check(before=self._books)
        return visited

    async def retried(self, request: Request, status: int) -> dict[str, Any]:
        """Retry the request at once, then after the lease has ended. Return the order in the answer.

        The first retry may get 409; all others must get `status` and the same bytes.
        """
        early = await self.send(request)
        assert early.status_code in {status, 409}, early.text
        if early.status_code == 409:
            assert early.json()["error"]["code"] == "REQUEST_STILL_RUNNING"
            assert int(early.headers["Retry-After"]) >= 1
        self.shops.advance(seconds=self.lease_seconds)
        answers = [await self.send(request) for _ in range(2)]
        if early.status_code == status:
            answers.append(early)
        assert {each.status_code for each in answers} == {status}, [each.text for each in answers]
        assert len({each.content for each in answers}) == 1
        assert "Idempotent-Replayed" in answers[1].headers
        order: dict[str, Any] = answers[0].json()["order"]
        return order

    async def send(self, request: Request) -> httpx.Response:
        """Send the same request to an instance that is alive."""
        assert request.path is not None
        client = self.shops[0].client
        return await client.post(
            request.path, headers=request.headers, json=request.body, content=request.content
        )
