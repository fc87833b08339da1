"""The benchmark environment: a separate database, the shop that serves it, and bare connections to it."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncmy
from asyncmy import Connection
from asyncmy.constants import CLIENT

PRODUCTS: Final = 10_000
JWT_SECRET: Final = secrets.token_urlsafe(32)
_ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The URL of a database on a MySQL server."""

    server: str
    name: str

    @property
    def text(self) -> str:
        """Return the whole URL, in the form of the shop's setting."""
        return f"{self.server}/{self.name}"

    async def connect(self, *, autocommit: bool = False, database: bool = True) -> Connection:
        """Open a connection with the shop's isolation level."""
        parts = urlsplit(self.server)
        return await asyncmy.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            db=self.name if database else None,
            autocommit=autocommit,
            client_flag=CLIENT.MULTI_STATEMENTS,
            init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        )


@asynccontextmanager
async def fresh_database(server: str, directory: Path) -> AsyncIterator[DatabaseUrl]:
    """Yield a database with the shop's schema and PRODUCTS products; it is dropped afterwards."""
    url = DatabaseUrl(server.rstrip("/"), f"bench_{secrets.token_hex(4)}")
    connection = await url.connect(autocommit=True, database=False)
    async with connection.cursor() as cursor:
        await cursor.execute(f"CREATE DATABASE {url.name}")
        try:
            await asyncio.to_thread(_shop, url, directory, "migrate")
            seeding = ("seed", "--products", str(PRODUCTS), "--customers", "0", "--orders", "0")
            await asyncio.to_thread(_shop, url, directory, *seeding)
            await cursor.execute(f"USE {url.name}")
            await cursor.execute("ANALYZE TABLE products, stock, listings, product_words")
            await cursor.fetchall()
            yield url
        finally:
            await cursor.execute(f"DROP DATABASE {url.name}")
    connection.close()


@asynccontextmanager
async def connections(url: DatabaseUrl, count: int) -> AsyncIterator[list[Connection]]:
    """Yield the given number of bare connections."""
    async with AsyncExitStack() as stack:
        opened: list[Connection] = []
        for _ in range(count):
            connection = await url.connect()
            stack.callback(connection.close)
            opened.append(connection)
        yield opened


@contextmanager
def serving_shop(url: DatabaseUrl, directory: Path) -> Iterator[str]:
    """Run `shop serve` with one process; yield its URL. It logs to a file in `directory`, as in production."""
    with serving_shop_by("shop", url, directory) as served:
        yield served.url


@dataclass(frozen=True, slots=True)
class Served:
    """A shop's server process."""

    url: str
    pid: int

    def processor_seconds(self) -> float:
        """Return the CPU time used so far, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving_shop_by(module: str, url: DatabaseUrl, directory: Path) -> Iterator[Served]:
    """Run `python -m MODULE serve` with one process; yield the server process."""
    command = (sys.executable, "-m", module, "serve", "--port", "0", "--processes", "1")
    environment = {**_environment(url), "PYTHONPATH": str(_ROOT)}
    with _serving(command, directory, environment, directory / f"{module}.log") as (line, pid):
        yield Served(line.rpartition(" ")[2], pid)


@contextmanager
def serving_raw(answers: Path) -> Iterator[str]:
    """Run the raw ASGI application with the answers in this file; yield its URL."""
    command = (sys.executable, "-m", "bench.raw_asgi", str(answers))
    with _serving(command, _ROOT, dict(os.environ), answers.with_suffix(".log")) as (line, _):
        yield line


@contextmanager
def _serving(
    command: Sequence[str], directory: Path, environment: dict[str, str], log: Path
) -> Iterator[tuple[str, int]]:
    """Run a server while the context lasts. Yield the first line of its output, and the id of its process."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{command} didn't start:\n{log.read_text(errors='replace')}")
        yield line, process.pid
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _shop(url: DatabaseUrl, directory: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "shop", *arguments]
    done = subprocess.run(
        command, cwd=directory, env=_environment(url), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"shop {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def _environment(url: DatabaseUrl) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
    settings: dict[str, Any] = {
        "SHOP_DATABASE_URL": url.text,
        "SHOP_JWT_SECRET": JWT_SECRET,
        "SHOP_PAYMENTS": "sandbox",
        "SHOP_WORKER": "off",
    }
    return inherited | settings
