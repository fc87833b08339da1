"""`shop migrate`"""

import click

from shop.container.database import upgrade_schema
from shop.entrypoints.cli.start import start


@click.command()
@click.option("--without-samples", is_flag=True, help="Leave out the sample products of a new shop.")
def command(*, without_samples: bool) -> None:
    """Bring the database to the schema that this version of the shop needs.

    Any number of these commands may run concurrently: one migrates, the others wait for it.
    """
    migrated = upgrade_schema(start(to_serve=False), samples=not without_samples)
    for revision, title in migrated.steps:
        click.echo(f"Migrated to {revision}: {title}")
    if not migrated.steps:
        click.echo(f"Nothing to do: the database is at {migrated.revision}.")
