"""Encoded catalogue answers, cached in this process for less than a second and shared with other instances."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

from shop.application.framework.recent_changes import RecentChanges
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS, LookUp, SharedReads

MAX_BYTES: Final = 64 * 1024 * 1024
# Changes other than to single products, under keys that no product id can have.
_PRODUCTS: Final = "any product"
_STOCK: Final = "any stock"
_SALES: Final = "any sales"


class _Entry:
    __slots__ = ("answer", "expires")

    def __init__(self, answer: CachedAnswer, expires: float) -> None:
        self.answer = answer
        self.expires = expires


class _Load:
    """A load in progress, and the changes since it began."""

    def __init__(self, expires: float) -> None:
        self.expires = expires
        self.changed: set[str] = set()
        self.task: asyncio.Future[CachedAnswer]


class InProcessCatalogueCache:
    """See the port. For one event loop; the oldest answers are evicted first when the cache is full.

    On a miss, `shared` is checked for an answer from another instance before the answer is loaded.
    """

    def __init__(
        self,
        shared: SharedReads | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.hits = 0
        self.misses = 0
        self._shared = shared
        self._changes = RecentChanges()
        self._monotonic = monotonic
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: dict[bytes, _Entry] = {}
        self._keys_of_product: dict[str, set[bytes]] = defaultdict(set)
        self._keys_with_stock: set[bytes] = set()
        self._keys_with_sales: set[bytes] = set()
        self._running: set[_Load] = set()
        self._joinable: dict[bytes, _Load] = {}

    def get(self, key: bytes) -> CachedAnswer | None:
        entry = self._entries.get(key)
        if entry is None or entry.expires <= self._monotonic():
            return None
        self.hits += 1
        return entry.answer

    async def load(self, key: bytes, load: Callable[[], Awaitable[CachedAnswer]]) -> CachedAnswer:
        if (answer := self.get(key)) is not None:
            return answer
        running = self._joinable.get(key)
        now = self._monotonic()
        if running is None or running.expires <= now:  # so slow that its answer would be stale
            self.misses += 1
            self._joinable[key] = running = _Load(now + LIFETIME_SECONDS)
            self._running.add(running)
            # A separate task: the first caller may disconnect while others still need the answer.
            running.task = asyncio.ensure_future(self._run(key, running, load))
            running.task.add_done_callback(_retrieve_exception)
        return await asyncio.shield(running.task)

    def products_changed(self) -> None:
        self._note((_PRODUCTS,))
        self._entries.clear()
        self._keys_of_product.clear()
        self._keys_with_stock.clear()
        self._keys_with_sales.clear()
        self._bytes = 0

    def stock_changed(self, product_ids: Collection[str]) -> None:
        self._note((_STOCK, *product_ids))
        for product_id in product_ids:
            self._drop(self._keys_of_product.get(product_id, ()))
        self._drop(self._keys_with_stock)

    def sales_changed(self) -> None:
        self._note((_SALES,))
        self._drop(self._keys_with_sales)

    async def _run(
        self, key: bytes, running: _Load, load: Callable[[], Awaitable[CachedAnswer]]
    ) -> CachedAnswer:
        try:
            look_up: LookUp[CachedAnswer] | None = None
            if self._shared is not None:
                look_up = await self._shared.look_up("catalogue", key, CachedAnswer)
                shared = look_up.value
                if shared is not None and not self._changes.any_since(look_up.began, _depends_on(shared)):
                    self._keep(key, _Entry(shared, look_up.expires))
                    return shared
            answer = await load()
            if running.changed.isdisjoint(_depends_on(answer)):
                self._keep(key, _Entry(answer, running.expires))
                if look_up is not None:
                    look_up.keep(answer)
            return answer
        finally:
            self._running.discard(running)
            if self._joinable.get(key) is running:
                del self._joinable[key]

    def _note(self, changed: Collection[str]) -> None:
        if self._shared is not None:
            self._changes.note(changed, self._monotonic())
        for load in self._running:
            load.changed.update(changed)
        # A running load may miss the change, so later callers start a new load.
        self._joinable.clear()

    def _keep(self, key: bytes, entry: _Entry) -> None:
        self._drop((key,))
        self._entries[key] = entry
        self._bytes += _size(key, entry)
        for product_id in entry.answer.product_ids:
            self._keys_of_product[product_id].add(key)
        if entry.answer.depends_on_stock:
            self._keys_with_stock.add(key)
        if entry.answer.depends_on_sales:
            self._keys_with_sales.add(key)
        now = self._monotonic()
        while self._entries:
            oldest = next(iter(self._entries))
            if self._bytes <= self._max_bytes and self._entries[oldest].expires > now:
                break
            self._drop((oldest,))

    def _drop(self, keys: Iterable[bytes]) -> None:
        for key in list(keys):
            entry = self._entries.pop(key, None)
            if entry is None:
                continue
            self._bytes -= _size(key, entry)
            self._keys_with_stock.discard(key)
            self._keys_with_sales.discard(key)
            for product_id in entry.answer.product_ids:
                keys_of_product = self._keys_of_product[product_id]
                keys_of_product.discard(key)
                if not keys_of_product:
                    del self._keys_of_product[product_id]


def _depends_on(answer: CachedAnswer) -> list[str]:
    """Return the keys of the changes that invalidate the answer."""
    names = [_PRODUCTS, *answer.product_ids]
    if answer.depends_on_stock:
        names.append(_STOCK)
    if answer.depends_on_sales:
        names.append(_SALES)
    return names


def _size(key: bytes, entry: _Entry) -> int:
    """Return the approximate size of an entry, including bookkeeping."""
    return len(entry.answer.body) + len(key) + 500 + 300 * len(entry.answer.product_ids)


def _retrieve_exception(task: asyncio.Future[CachedAnswer]) -> None:
    """Retrieve a load's exception; if every caller had disconnected, the event loop would report it."""
    if not task.cancelled():
        task.exception()
