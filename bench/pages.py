"""Public reads from the shop's in-process cache, compared with a raw ASGI application sending the same bytes."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bench.contest import CLIENTS, Limit, Round, Scenario
from bench.load import asking, drive, request
from bench.premises import serving_raw
from bench.raw_asgi import Ready
from bench.samples import Sample

GOAL: Final = 0.3
_LIST: Final = "/api/products?page=3"


@contextmanager
def page_scenarios(shop: str, directory: Path) -> Iterator[list[Scenario]]:
    """Yield the catalogue's three reads; the raw application runs while the context lasts."""
    product = msgspec.json.decode(_fetch(shop, _LIST).body)["items"][0]
    word = max(product["name"].lower().split(), key=len)
    targets = {
        "page": (_LIST, GOAL),
        "product": (f"/api/products/{product['id']}", GOAL),
        "search-page": (f"/api/products/search?q={word}&page=1", None),
    }
    answers = {
        target if "?" in target else f"{target}?": _fetch(shop, target) for target, _ in targets.values()
    }
    file = directory / "answers.json"
    file.write_bytes(msgspec.json.encode(answers))
    with serving_raw(file) as raw:
        yield [
            Scenario(
                name, "answers", _reading(shop, target), [Limit("raw ASGI", _reading(raw, target), goal)]
            )
            for name, (target, goal) in targets.items()
        ]


def _reading(url: str, target: str) -> Round:
    async def measure(seconds: float) -> Sample:
        asked = request("GET", target)
        return await drive(url, [map(asking, repeat(asked)) for _ in range(CLIENTS)], seconds)

    return measure


def _fetch(url: str, target: str) -> Ready:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", target)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{target}: {answer.status} {body.decode(errors='replace')}")
    headers = [
        (name.lower().encode(), value.encode())
        for name, value in answer.getheaders()
        if name.lower() != "date"  # the server adds it
    ]
    return Ready(headers, body)
