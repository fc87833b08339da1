"""`shop rebuild-statistics`"""

import asyncio
import time

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
def command() -> None:
    """Recompute the figures from the ledger of sales and refunds.

    The shop stays open meanwhile and shows correct figures throughout. The worker finishes an interrupted run.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings, patient=True)
    prepare_schema(settings)
    click.echo(asyncio.run(_rebuild(shop)))


async def _rebuild(shop: Shop) -> str:
    """Rebuild the figures and return a sentence that describes the result."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    began = time.monotonic()
    try:
        with Progress(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task("months", total=None)

            def progress(done: int, total: int) -> None:
                bars.update(task, completed=done, total=total)

            months = await shop.statistics.maintain_figures().rebuild(progress)
    finally:
        await shop.storage.close()
    return f"Added up {months:,} months in {time.monotonic() - began:.1f} s."
