"""`shop export`"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.argument("what", type=click.Choice(["products", "orders", "customers"]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(what: str, file: Path) -> None:
    """Write all products, orders or customers to a CSV file.

    Works while the shop is open. An existing file is replaced once the new one is complete.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings, patient=True)
    prepare_schema(settings)
    rows = asyncio.run(_export(shop, what, file))
    click.echo(f"Wrote {rows:,} lines to {file}.")


async def _export(shop: Shop, what: str, file: Path) -> int:
    """Write the file and return the number of its lines."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}: {task.completed:,} lines"),
        TimeElapsedColumn(),
    )
    unfinished = file.with_name(f"{file.name}.part")
    lines = 0
    try:
        with (
            Progress(*columns, console=Console(stderr=True)) as bars,
            unfinished.open("w", encoding="utf-8", newline="") as output,
        ):
            task = bars.add_task(what)
            async for part in _parts(shop, what):
                output.write(part)
                lines += part.count("\r\n")
                bars.update(task, completed=lines)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
        await shop.close()
    return lines


def _parts(shop: Shop, what: str) -> AsyncIterator[str]:
    match what:
        case "products":
            return shop.catalogue.export_products()()
        case "orders":
            return shop.orders.export_orders()()
        case _:
            return shop.accounts.export_customers()()
