"""`shop restore`"""

from pathlib import Path

import click

from shop.container.database import restore
from shop.entrypoints.cli.start import embedded_start


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(file: Path) -> None:
    """Put the backup in FILE in the place of the embedded database.

    The shop and its workers must not be running. The backup is verified first; the former database is kept next to
    the new one.
    """
    settings, secrets = embedded_start("restore")
    former = restore(settings, file)
    click.echo(f"Restored {file} to {settings.database_file}.")
    if former is not None:
        click.echo(f"The former database is kept in {former}: delete it when you don't need it any more.")
    for secret in secrets:
        if not secret.exists():
            click.echo(
                f"{secret} is missing. Restore it before you open the shop: otherwise a new one is created, and "
                "everything that the old one signed or encrypted is lost."
            )
    click.echo("Before you open the shop, run `shop migrate` and `shop check-statistics`.")
