"""The shop compared with a variant of itself, in turns: `python -m bench packets` and `python -m bench events`.

`packets`: whole orders; the variant sends every statement separately. `events`: checkouts; the variant stores no
events. On the MySQL server of SHOP_TEST_MYSQL_URL; both run this version of the shop, one process each, on
one database. The ratios are medians over the rounds; in each round, both are measured in turn.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import uvloop

from bench.crowd import Crowd
from bench.premises import JWT_SECRET, Served, connections, fresh_database, serving_shop_by
from bench.trade import Trade

_CUSTOMERS_A_SECOND = 1_000


class Variant(NamedTuple):
    """A module that runs the shop differently, the unit that is counted, and the names of both in the output."""

    module: str
    unit: str
    names: tuple[str, str]


VARIANTS = {
    "packets": Variant("bench.one_by_one", "orders", ("in packets", "one by one")),
    "events": Variant("bench.without_events", "checkouts", ("with events", "without events")),
}


class Round(NamedTuple):
    """Orders per second, and the server process's CPU time per order in milliseconds; a checkout counts as an order."""

    rate: float
    own_ms: float


async def measure(trade: Trade, served: Served, seconds: float, *, checkouts: bool) -> Round:
    before = served.processor_seconds()
    sample = await (trade.checkouts if checkouts else trade.orders)(served.url, seconds)
    # Warm-up orders and each client's last order also cost the server time, but are not counted.
    own = served.processor_seconds() - before
    share = sample.seconds / (sample.seconds + 0.3)
    return Round(sample.rate, 1000 * own * share / len(sample.latencies))


async def compare(variant: Variant, server: str, rounds: int, seconds: float) -> None:
    checkouts = variant.unit == "checkouts"
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(fresh_database(server, directory))
        (bare,) = await stack.enter_async_context(connections(url, 1))
        crowd = Crowd(bare, JWT_SECRET)
        await crowd.gather(int(_CUSTOMERS_A_SECOND * (seconds + 1)))
        shops = [
            stack.enter_context(serving_shop_by(module, url, directory))
            for module in ("shop", variant.module)
        ]
        trade = Trade("", crowd, [], {})
        for served in shops:
            await trade.orders(served.url, 2.0)
        print(f"Load before: {os.getloadavg()[0]:.1f}")
        taken: list[list[Round]] = [[], []]
        for number in range(rounds):
            for which in (0, 1) if number % 2 else (1, 0):
                taken[which].append(await measure(trade, shops[which], seconds, checkouts=checkouts))
        print(f"Load after: {os.getloadavg()[0]:.1f}")
        show(variant, *taken)


def show(variant: Variant, ours: Sequence[Round], others: Sequence[Round]) -> None:
    unit = variant.unit
    for name, rounds in zip(variant.names, (ours, others), strict=True):
        rate, own = median(each.rate for each in rounds), median(each.own_ms for each in rounds)
        print(f"{name:14} {rate:7.1f} {unit}/s {own:6.2f} ms of its own processor time each")
    pairs = list(zip(ours, others, strict=True))
    _show_ratios(f"{unit}/s", [a.rate / b.rate for a, b in pairs])
    _show_ratios("own processor time", [a.own_ms / b.own_ms for a, b in pairs])


def _show_ratios(what: str, ratios: Sequence[float]) -> None:
    low, middle, high = quantiles(ratios, n=4) if len(ratios) > 1 else [*ratios] * 3
    print(
        f"{what}: {middle:.3f} of the other's (middle half of {len(ratios)} pairs: {low:.3f} to {high:.3f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pairs", description=__doc__)
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of each, in turns")
    options = parser.parse_args()
    uvloop.run(
        compare(VARIANTS[options.variant], os.environ["SHOP_TEST_MYSQL_URL"], options.rounds, options.seconds)
    )


if __name__ == "__main__":
    main()
