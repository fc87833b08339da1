"""The upper bound of a page: an ASGI application that sends ready bytes, under the shop's own server.

python -m bench.raw_asgi ANSWERS    serves the answers of a file, see `Ready`, and prints its URL
"""

import sys
from pathlib import Path
from typing import Any

import msgspec

from shop.entrypoints.cli import server
from shop.entrypoints.server.connections import Connections, Limits
from shop.entrypoints.server.served import ServedApplication


class Ready(msgspec.Struct):
    """A ready-made response."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


def main(file: Path) -> None:
    answers = msgspec.json.decode(file.read_bytes(), type=dict[str, Ready])
    by_target = {target.encode(): ready for target, ready in answers.items()}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        ready = by_target[scope["raw_path"] + b"?" + scope["query_string"]]
        await send({"type": "http.response.start", "status": 200, "headers": ready.headers})
        await send({"type": "http.response.body", "body": ready.body})

    with server.listen("127.0.0.1", 0) as listening:
        print(server.url_of(listening), flush=True)
        server.serve(ServedApplication(application, Connections(Limits())), [listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
