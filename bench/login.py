"""Logins, compared with bare argon2 with the same parameters and number of threads."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from time import perf_counter
from typing import Final

import msgspec
from argon2 import PasswordHasher, Type

from bench.contest import CLIENTS, Limit, Scenario
from bench.load import Visit, asking, drive, make, request
from bench.samples import Recorder, Sample

_PASSWORD: Final = "correct horse battery staple"
_HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
THREADS: Final = os.cpu_count() or 1
"""The default of the shop's setting SHOP_HASH_CONCURRENCY."""


async def login_scenario(shop: str) -> Scenario:
    """Sign up the customers, and return the scenario in which they log in repeatedly."""
    logins = []
    for number in range(CLIENTS):
        credentials = msgspec.json.encode({"username": f"customer-{number}", "password": _PASSWORD})
        await make(shop, iter([asking(request("POST", "/api/auth/signup", body=credentials), status=201)]))
        logins.append(request("POST", "/api/auth/login", body=credentials))

    async def by_http(seconds: float) -> Sample:
        clients: list[Iterator[Visit]] = [map(asking, repeat(login)) for login in logins]
        return await drive(shop, clients, seconds)

    return Scenario("login", "logins", by_http, [Limit("bare argon2", _bare)])


async def _bare(seconds: float) -> Sample:
    hashed = _HASHER.hash(_PASSWORD)
    recorder = Recorder(seconds)
    loop = asyncio.get_running_loop()

    async def client(threads: ThreadPoolExecutor) -> None:
        now = perf_counter()
        while now < recorder.deadline:
            began = now
            await loop.run_in_executor(threads, _HASHER.verify, hashed, _PASSWORD)
            now = perf_counter()
            recorder.record(began, now)

    with ThreadPoolExecutor(THREADS) as threads:
        await asyncio.gather(*(client(threads) for _ in range(CLIENTS)))
    return recorder.sample()
