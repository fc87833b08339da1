"""Counts the files of the shop that run during one request: `python -m tests.files_entered [sqlite:///migrated.db]`.

A file below `src/shop` counts if any of its functions except constructors is called between the request and its
answer, on a shop with Stripe and the SQL storage; test doubles do not count. Each request is sent once before, so
that imports do not count. Prints, per request, the number of files, the number of these in packages (the others are in
the `framework` of a layer, or are passed by every request), the number of folders and the smallest number of files that
these folders' lines fill, and the files by layer.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from types import FrameType
from typing import Any, Final

import httpx

import shop
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.storage import SqlStorage
from tests.stripe_shop import StripeShop, stripe_shop

_PACKAGE: Final = f"{Path(shop.__file__).parent}/"
_MAX_LINES: Final = 300
"""The maximum length of a file of the shop."""
_EVERYWHERE: Final = {
    "entrypoints/logs.py",
    "adapters/security/secrets.py",
}


@contextmanager
def recorded(files: set[str]) -> Iterator[None]:
    """Add to `files` each file of the shop whose functions are called in this thread within the context."""

    def record(frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(_PACKAGE) and frame.f_code.co_name != "__init__":
            files.add(name.removeprefix(_PACKAGE))

    sys.setprofile(record)
    try:
        yield
    finally:
        sys.setprofile(None)


async def files_of(send: Callable[[], Awaitable[httpx.Response]]) -> set[str]:
    files: set[str] = set()
    with recorded(files):
        answer = await send()
    assert answer.status_code in {200, 201}, answer.text
    return {name for name in files if name.endswith(".py") and not name.startswith("testing/")}


async def measure(storage: SqlStorage) -> dict[str, set[str]]:
    async with stripe_shop(storage) as served:
        ada, client = served.ada, served.shop.client
        page = "/api/products?page=1"
        slug = (await client.get(f"/api/products/{served.product_id}")).json()["slug"]
        found: dict[str, set[str]] = {}
        for _ in "warm-up", "measured":
            served.shop.clock.advance(seconds=30)
            await ada.post("/api/cart/items", json={"itemId": served.product_id, "quantity": 2})
            key = {"Idempotency-Key": f"key-{len(found)}-of-a-checkout"}
            found["checkout"] = await files_of(lambda key=key: ada.post("/api/cart/checkout", headers=key))
            newest = (await ada.get("/api/orders?page=1")).json()["items"][0]
            found["webhook"] = await files_of(lambda order=newest: pay(served, order))
            for name, path in {"page": page, "product's page": f"/p/{slug}"}.items():
                await asyncio.sleep(1)  # cached answers expire
                found[f"uncached {name}"] = await files_of(lambda path=path: client.get(path))
                found[f"cached {name}"] = await files_of(lambda path=path: client.get(path))
        return found


async def pay(served: StripeShop, order: Any) -> httpx.Response:
    served.stripe.pay(served.intent_id(order))
    [event] = served.events_of(order, "payment_intent.succeeded")
    return await served.post(event.payload, event.signature)


def lines_of_folders(files: set[str]) -> Counter[str]:
    """Return the number of lines of these files in each folder."""
    lines: Counter[str] = Counter()
    for name in files:
        folder = Path(_PACKAGE, name).parent
        lines[str(folder)] += len(Path(_PACKAGE, name).read_text("utf-8").splitlines())
    return lines


async def main(url: str) -> None:
    storage = SqlStorage(Database(url))
    try:
        found = await measure(storage)
    finally:
        await storage.close()
    for name, files in found.items():
        packages = [each for each in files if "/framework/" not in each and each not in _EVERYWHERE]
        lines = lines_of_folders(files)
        filled = sum(ceil(number / _MAX_LINES) for number in lines.values())
        print(
            f"{name}: {len(files)}, in packages {len(packages)}; {len(lines)} folders, at least {filled} files"
        )
        for layer in ("entrypoints", "application", "domain", "adapters"):
            inside = sorted(each.removeprefix(f"{layer}/") for each in files if each.startswith(f"{layer}/"))
            print(f"  {layer} {len(inside)}: {', '.join(inside)}")


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(main(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            upgrade(f"sqlite:///{folder}/shop.db")
            asyncio.run(main(f"sqlite:///{folder}/shop.db"))
