"""`shop set-password`"""

import asyncio

import click

from shop.application.accounts.setting_passwords import SetPassword
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.domain.accounts.user import User
from shop.domain.text import tidy
from shop.entrypoints.cli.passwords import new_password, password_stdin
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.argument("username")
@password_stdin
def command(username: str, *, password_stdin: bool) -> None:
    """Give a user another password, for example an owner who forgot theirs.

    Asks for the password twice without showing it. USERNAME may be the email address. Every login of the user ends.
    Works while the shop is open.
    """
    settings = start(to_serve=False)
    password = new_password(from_stdin=password_stdin)
    shop = build_shop(settings)
    prepare_schema(settings)
    user = asyncio.run(_set(shop, tidy(username), password))
    click.echo(f"{user.username} has a new password. Every login of {user.username} has ended.")
    if not user.active:
        click.echo(f"{user.username} is disabled and can't log in: an admin can enable them.", err=True)


async def _set(shop: Shop, username: str, password: str) -> User:
    set_password: SetPassword = shop.accounts.set_password()
    try:
        return await set_password(username, password)
    finally:
        await shop.close()
