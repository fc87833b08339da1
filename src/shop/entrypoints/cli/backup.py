"""`shop backup`"""

from pathlib import Path

import click

from shop.container.database import back_up
from shop.entrypoints.cli.start import embedded_start


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    """Copy the embedded database to FILE, checked and complete.

    Works while the shop is open. An existing backup in FILE is replaced once the new one is complete.
    """
    settings, secrets = embedded_start("backup")
    back_up(settings, file)
    click.echo(f"Backed up to {file}.")
    for secret in secrets:
        click.echo(f"Not in it: {secret}. Keep a copy of that file in another, safe place.")
