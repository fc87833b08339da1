"""`shop migrate`"""

import time

import click

from shop.container.schema import MigrationStep, upgrade_schema
from shop.entrypoints.cli.start import start

SECONDS_BETWEEN_REPORTS = 5.0


@click.command()
@click.option("--without-samples", is_flag=True, help="Leave out the sample products of a new shop.")
def command(*, without_samples: bool) -> None:
    """Bring the database to the schema that this version of the shop needs.

    Any number of these commands may run concurrently: one migrates, the others wait for it. After an interruption, run
    the command again: on MySQL, it continues after the last stored batch.
    """
    settings = start(to_serve=False)
    migrated = upgrade_schema(settings, samples=not without_samples, show=_Report())
    if not migrated.steps:
        click.echo(f"Nothing to do: the database is at {migrated.revision}.")


class _Report:
    """Prints every finished migration, and from time to time the progress of the running one."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, step: MigrationStep) -> None:
        now = time.monotonic()
        if step.is_done:
            click.echo(f"Migrated to {step.revision}: {step.title}")
        elif now - self._last >= SECONDS_BETWEEN_REPORTS:
            click.echo(f"Migrating to {step.revision}: {step.batches:,} batches so far", err=True)
        else:
            return
        self._last = now
