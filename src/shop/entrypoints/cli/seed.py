"""`shop seed`"""

import asyncio
import time
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shop.container import Container, build_container
from shop.entrypoints.cli.start import prepare_schema, start


class SeedReport(Protocol):
    """How much was inserted."""

    products: int
    customers: int
    orders: int


class SeedProgress(Protocol):
    """Told now and then how far a seeding is."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` rows of `what` ("products") are in; `total` stays the same for each `what`."""


class Seed(Protocol):
    """What `container.seed` is: fills the database with made-up data, the same for the same `random_seed`.

    Adds to what is there. Commits in batches: what was reported as done stays, whatever happens afterwards.
    """

    async def __call__(
        self, *, products: int, customers: int, orders: int, random_seed: int, progress: SeedProgress
    ) -> SeedReport: ...


@click.command()
@click.option("--products", type=click.IntRange(min=0), default=1_000, show_default=True)
@click.option("--customers", type=click.IntRange(min=0), default=100, show_default=True)
@click.option("--orders", type=click.IntRange(min=0), default=500, show_default=True)
@click.option("--random-seed", type=int, default=1, show_default=True, help="The same gives the same data.")
def command(products: int, customers: int, orders: int, random_seed: int) -> None:
    """Fill the database with made-up products, customers and orders."""
    settings = start(to_serve=False)
    container = build_container(settings)
    prepare_schema(container, settings)
    began = time.monotonic()
    report = asyncio.run(_seed(container, products, customers, orders, random_seed))
    seconds = time.monotonic() - began
    click.echo(
        f"Added {report.products:,} products, {report.customers:,} customers and {report.orders:,} orders "
        f"in {seconds:.1f} s."
    )


async def _seed(
    container: Container, products: int, customers: int, orders: int, random_seed: int
) -> SeedReport:
    seed: Seed = container.seed()
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done)

    try:
        with bars:
            return await seed(
                products=products,
                customers=customers,
                orders=orders,
                random_seed=random_seed,
                progress=progress,
            )
    finally:
        await container.storage().close()
