"""`shop create-admin`"""

import asyncio
import sys

import click

from shop.application.accounts.signing_up import CreateAdmin
from shop.container import Container, build_container, close_container
from shop.domain.text import composed, tidy
from shop.entrypoints.cli.start import prepare_schema, start


@click.command()
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input: its first line.")
def command(username: str, password_stdin: bool) -> None:
    """Make a user who may do everything.

    Asks for the password twice without showing it. A username that is taken is refused. Works while the shop
    is open.
    """
    settings = start(to_serve=False)
    username = tidy(username)
    password = composed(
        _read_password()
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
    )
    container = build_container(settings)
    prepare_schema(container, settings)
    asyncio.run(_create(container, username, password))
    click.echo(f"{username} is an admin now.")


def _read_password() -> str:
    try:
        return sys.stdin.buffer.readline().decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None


async def _create(container: Container, username: str, password: str) -> None:
    create_admin: CreateAdmin = container.create_admin()
    try:
        await create_admin(username, password)
    finally:
        await close_container(container)
