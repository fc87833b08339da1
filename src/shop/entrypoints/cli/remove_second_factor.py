"""`shop remove-second-factor`"""

import asyncio

import click

from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.domain.accounts.user import User
from shop.domain.text import tidy
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.argument("username")
def command(username: str) -> None:
    """Remove the second factor of a user who lost it, for example a locked-out owner.

    USERNAME may be the email address. The user then logs in with the password only. Works while the shop is open.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings)
    prepare_schema(settings)
    user = asyncio.run(_remove(shop, tidy(username)))
    click.echo(f"{user.username} has no second factor any more.")


async def _remove(shop: Shop, username: str) -> User:
    try:
        return await shop.accounts.remove_second_factor()(username)
    finally:
        await shop.close()
