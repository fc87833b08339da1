"""`shop migrate`"""

import click

from shop.container.database import upgrade_schema
from shop.entrypoints.cli.start import start


@click.command()
def command() -> None:
    """Bring the database to the schema that this version of the shop needs.

    Any number of these commands may run concurrently: one migrates, the others wait for it.
    """
    migrated = upgrade_schema(start(to_serve=False))
    for revision, title in migrated.steps:
        click.echo(f"Migrated to {revision}: {title}")
    if not migrated.steps:
        click.echo(f"Nothing to do: the database is at {migrated.revision}.")
