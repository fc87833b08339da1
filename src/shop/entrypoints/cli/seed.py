"""`shop seed`"""

import asyncio
import time
from datetime import datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shop.container.building import build_shop
from shop.container.database import require_stored_settings, seed_of
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.option("--products", type=click.IntRange(min=0), help="[default: 1000]")
@click.option("--customers", type=click.IntRange(min=0), help="[default: 100]")
@click.option("--orders", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--random-seed",
    type=int,
    default=1,
    show_default=True,
    help="The same seed and --until give the same data.",
)
@click.option(
    "--until",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="The day, in UTC, before which the history of two years ends.  [default: today]",
)
@click.option(
    "--tax-rates",
    type=click.Choice(["eu"]),
    help="Add the VAT rates of the EU's member states, for countries without a rate, and nothing made up.",
)
def command(
    products: int | None,
    customers: int | None,
    orders: int,
    random_seed: int,
    until: datetime | None,
    tax_rates: str | None,
) -> None:
    """Fill the database with made-up products, customers and orders, or with real tax rates.

    They are added to the existing data in batches: data added by an interrupted run stays.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings, patient=True)
    prepare_schema(settings)
    require_stored_settings(settings)
    if tax_rates is not None:
        if products or customers or orders:
            raise click.UsageError("--tax-rates adds tax rates alone: leave out the other amounts.")
        click.echo(asyncio.run(_seed_tax_rates(shop)))
        return
    products = 1_000 if products is None else products
    customers = 100 if customers is None else customers
    click.echo(asyncio.run(_seed(shop, products, customers, orders, random_seed, until)))


async def _seed_tax_rates(shop: Shop) -> str:
    seed = shop.pricing.seed_tax_rates()
    try:
        seeded = await seed()
    finally:
        await shop.close()
    return (
        f"Added {seeded.added} EU tax rates, as published on {seed.published.published_on():%Y-%m-%d}; "
        f"{seeded.kept} were there already and stay as they are. Check them before you sell: they are no tax advice."
    )


async def _seed(
    shop: Shop, products: int, customers: int, orders: int, random_seed: int, until: datetime | None
) -> str:
    """Add the data and return a sentence that states the amounts."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True))
    tasks = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done)

    began = time.monotonic()
    try:
        with bars:
            report = await seed_of(shop)(
                products=products,
                customers=customers,
                orders=orders,
                random_seed=random_seed,
                until=(until or shop.accounts.clock().now()).date(),
                progress=progress,
            )
            if orders:
                await shop.statistics.maintain_figures().rebuild(
                    lambda done, total: progress("figures", done, total)
                )
    finally:
        await shop.close()
    seconds = time.monotonic() - began
    added = f"{report.products:,} products, {report.customers:,} customers and {report.orders:,} orders"
    return f"Added {added} in {seconds:.1f} s."
