"""`shop check-statistics`"""

import asyncio

import click

from shop.application.ports.statistics import Difference
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
def command() -> None:
    """Compare every stored figure with the sums over all orders, their histories and refunds.

    Lists the differences; the exit code is 1 if there are any. Works while the shop is open, and changes nothing.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings, patient=True)
    prepare_schema(settings)
    found = asyncio.run(_differences(shop))
    for difference in found:
        click.echo(f"{difference.where} {difference.key}: {difference.kept}, but it is {difference.truth}")
    if found:
        raise click.ClickException(
            f"{len(found)} differences: `shop rebuild-statistics` rebuilds the figures."
        )
    click.echo("All figures are correct.")


async def _differences(shop: Shop) -> list[Difference]:
    try:
        return await shop.statistics.maintain_figures().differences()
    finally:
        await shop.storage.close()
