"""`python -m bench [names…]`: the shop against its upper bounds, on the MySQL server of SHOP_TEST_MYSQL_URL.

Other benchmarks, without HTTP: `python -m bench search …` searches and lists a million products; `python -m bench
figures …` computes dashboards over a million orders; `python -m bench filters …` counts filters of 100,000 products;
`python -m bench imports …` imports 50,000 rows; `python -m bench exports …` measures memory; `python -m bench
sharing …` measures the shared cache; `python -m bench upgrade …` migrates a million products of an earlier version.
Over HTTP: `python -m bench packets …` and `python -m bench events …` compare the shop with itself, without packets and
without events; `python -m bench uploads …` measures memory; `python -m bench budgets …` measures pages in a browser.
"""

import argparse
import os
import runpy
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import uvloop
from asyncmy import Connection

from bench.contest import CLIENTS, Outcome, contest
from bench.crowd import LINES, Crowd
from bench.login import login_scenario
from bench.pages import page_scenarios
from bench.premises import JWT_SECRET, PRODUCTS, connections, fresh_database, serving_shop
from bench.recording import record
from bench.report import show
from bench.trade import Trade

URL_VARIABLE: Final = "SHOP_TEST_MYSQL_URL"
NAMES: Final = (
    "page",
    "product",
    "search-page",
    "add-to-cart",
    "checkout",
    "checkout-hot",
    "orders",
    "login",
)
_CUSTOMERS_PER_SECOND: Final = 2_500
"""More than any contender can serve."""


def main() -> None:
    if sys.argv[1:2] in (["packets"], ["events"]):
        runpy.run_module("bench.pairs", run_name="__main__", alter_sys=True)
        return
    apart = ["search", "imports", "exports", "uploads", "filters", "figures", "sharing", "upgrade", "budgets"]
    if sys.argv[1:2] and sys.argv[1] in apart:
        runpy.run_module(f"bench.{sys.argv.pop(1)}", run_name="__main__", alter_sys=True)
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"what to measure: {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of each contender, in turns")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if not (server := os.environ.get(URL_VARIABLE)):
        parser.error(f"{URL_VARIABLE} must name a MySQL server, as `make bench` does")
    uvloop.run(_measure(server, options.names or NAMES, options.rounds, options.seconds))


async def _measure(server: str, names: Sequence[str], rounds: int, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        print(f"Seeding {PRODUCTS:,} products …", flush=True)
        url = await stack.enter_async_context(fresh_database(server, directory))
        shop = stack.enter_context(serving_shop(url, directory))
        bare = await stack.enter_async_context(connections(url, CLIENTS))
        aside = await url.connect(autocommit=True)
        stack.callback(aside.close)
        crowd = Crowd(bare[0], JWT_SECRET)
        await crowd.gather(int(_CUSTOMERS_PER_SECOND * (seconds + 1)))
        scripts = {
            lines: await record(url.text, f"recorded-{lines}", crowd.item_ids[:lines]) for lines in (1, LINES)
        }
        trade = Trade(shop, crowd, bare, scripts)
        statements = await trade.check_statements(aside)
        scenarios = [
            *stack.enter_context(page_scenarios(shop, directory)),
            *trade.scenarios(),
            await login_scenario(shop),
        ]
        outcomes: list[Outcome] = []
        for scenario in scenarios:
            if scenario.name in names:
                print(f"{scenario.name} …", flush=True)
                outcomes.append(await contest(scenario, rounds, seconds))
        show(outcomes, await _circumstances(aside, rounds, seconds, statements))


async def _circumstances(connection: Connection, rounds: int, seconds: float, statements: int) -> str:
    async with connection.cursor() as cursor:
        await cursor.execute("SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin")
        ((version, flush, binary_log),) = await cursor.fetchall()
    durability = (
        "one fsync per commit" if flush == 1 and not binary_log else f"flush {flush}, binary log {binary_log}"
    )
    return (
        f"MySQL {version}, {durability}. {os.cpu_count()} cores, {CLIENTS} clients in one process, each server in "
        f"one. Medians of {rounds} rounds of {seconds:g} s, in turns. An order of three adds and a checkout: "
        f"{statements} statements, commits among them, the same ones on both sides."
    )


if __name__ == "__main__":
    main()
