"""Whole orders at two shops in turns: one batches writes whose results are not needed, the other does not.

`python -m bench packets`, on the MySQL server of SHOP_TEST_MYSQL_URL. Both run this version of the shop, one
process each, on one database. The ratios are medians over the rounds; in each round, both are measured in turn.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

import uvloop

from bench.crowd import Crowd
from bench.premises import JWT_SECRET, Served, connections, fresh_database, serving_shop_by
from bench.trade import Trade

_CUSTOMERS_A_SECOND = 1_000
_NAMES = {"shop": "in packets", "bench.one_by_one": "one by one"}


class Round(NamedTuple):
    """Orders per second, and the server process's CPU time per order in milliseconds."""

    rate: float
    own_ms: float


async def measure(trade: Trade, served: Served, seconds: float) -> Round:
    before = served.processor_seconds()
    sample = await trade.orders(served.url, seconds)
    # Warm-up orders and each client's last order also cost the server time, but are not counted.
    own = served.processor_seconds() - before
    share = sample.seconds / (sample.seconds + 0.3)
    return Round(sample.rate, 1000 * own * share / len(sample.latencies))


async def compare(server: str, rounds: int, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(fresh_database(server, directory))
        (bare,) = await stack.enter_async_context(connections(url, 1))
        crowd = Crowd(bare, JWT_SECRET)
        await crowd.gather(int(_CUSTOMERS_A_SECOND * (seconds + 1)))
        shops = {
            name: stack.enter_context(serving_shop_by(module, url, directory))
            for module, name in _NAMES.items()
        }
        trade = Trade("", crowd, [], {})
        for served in shops.values():
            await trade.orders(served.url, 2.0)
        print(f"Load before: {os.getloadavg()[0]:.1f}")
        taken: dict[str, list[Round]] = {name: [] for name in shops}
        for number in range(rounds):
            for name, served in list(shops.items())[:: 1 if number % 2 else -1]:
                taken[name].append(await measure(trade, served, seconds))
        print(f"Load after: {os.getloadavg()[0]:.1f}")
        show(*taken.values())


def show(ours: Sequence[Round], others: Sequence[Round]) -> None:
    for name, rounds in zip(_NAMES.values(), (ours, others), strict=True):
        rate, own = median(each.rate for each in rounds), median(each.own_ms for each in rounds)
        print(f"{name:12} {rate:7.1f} orders/s {own:6.2f} ms of its own processor time per order")
    pairs = list(zip(ours, others, strict=True))
    print(f"orders/s: {median(a.rate / b.rate for a, b in pairs):.2f} times as many")
    print(f"own processor time: {median(a.own_ms / b.own_ms for a, b in pairs):.2f} of it")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench packets", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of each, in turns")
    options = parser.parse_args()
    uvloop.run(compare(os.environ["SHOP_TEST_MYSQL_URL"], options.rounds, options.seconds))


if __name__ == "__main__":
    main()
