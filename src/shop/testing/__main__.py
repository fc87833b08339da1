"""`python -m shop.testing`: a shop in memory on a port, for tests in any language. See `shop.testing.remote`."""

import asyncio
import signal

import click

from shop.testing.remote import remote_shop
from shop.testing.serving import served


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, help="8000 by default; 0: any free one."
)
@click.option(
    "--origin", "origins", multiple=True, help="An origin whose pages may call it from a browser; repeatable."
)
def command(port: int, origins: tuple[str, ...]) -> None:
    """Serve an empty in-memory shop, whose clock, cards and worker are controlled by POSTs to /testing/…

    The first line of output is its URL. SIGINT and SIGTERM stop it; nothing is stored.
    """
    asyncio.run(_serve(port, origins))


async def _serve(port: int, origins: tuple[str, ...]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with remote_shop(origins) as shop, served(shop, port) as url:
        click.echo(f"The shop is open at {url}")
        await stop.wait()


command()
