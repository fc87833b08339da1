"""`shop create-admin`"""

import asyncio

import click

from shop.application.accounts.signing_up import CreateAdmin
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.domain.text import tidy
from shop.entrypoints.cli.passwords import new_password, password_stdin
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.argument("username")
@password_stdin
def command(username: str, *, password_stdin: bool) -> None:
    """Create a user with all permissions.

    Asks for the password twice without showing it. A username that is taken is refused. Works while the shop
    is open.
    """
    settings = start(to_serve=False)
    username = tidy(username)
    password = new_password(from_stdin=password_stdin)
    shop = build_shop(settings)
    prepare_schema(settings)
    asyncio.run(_create(shop, username, password))
    click.echo(f"{username} is an admin now.")


async def _create(shop: Shop, username: str, password: str) -> None:
    create_admin: CreateAdmin = shop.accounts.create_admin()
    try:
        await create_admin(username, password)
    finally:
        await shop.close()
