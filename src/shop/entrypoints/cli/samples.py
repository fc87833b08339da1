"""`shop samples`"""

import asyncio

import click

from shop.application.catalogue.samples import RemovedSamples, RemoveSamples
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start


@click.group()
def command() -> None:
    """The sample products that a new shop comes with."""


@command.command()
def remove() -> None:
    """Delete the sample products that were neither changed nor bought.

    Their categories are deleted too, if nothing else is in them. Works while the shop is open.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings)
    prepare_schema(settings)
    done = asyncio.run(_remove(shop))
    click.echo(f"Removed {done.removed} sample products.")
    if done.kept:
        click.echo(f"Kept {done.kept} that were changed or bought.")


async def _remove(shop: Shop) -> RemovedSamples:
    remove_samples: RemoveSamples = shop.catalogue.remove_samples()
    try:
        return await remove_samples()
    finally:
        await shop.close()
