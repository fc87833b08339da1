"""What most commands begin with: settings, logs, and a database with the right schema."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from shop.container.database import require_usable_schema, upgrade_schema
from shop.entrypoints.cli.logging_setup import configure_logs
from shop.settings import Configuration, Settings


def start(flags: Mapping[str, str] | None = None, *, to_serve: bool, opens_database: bool = True) -> Settings:
    """The settings, with logs configured by them; `flags` are variables that win over the environment.

    Warns on stderr about variables that are no settings. Raises SettingsError; `to_serve` as there.
    """
    configuration = Configuration.read({**os.environ, **(flags or {})}, Path())
    for warning in configuration.warnings:
        click.echo(f"Warning: {warning}", err=True)
    settings = configuration.settings(to_serve=to_serve)
    if opens_database:
        configuration.require_usable_file()
    configure_logs(settings)
    return settings


def embedded_start(command: str) -> tuple[Settings, list[Path]]:
    """The settings of a command for the embedded database alone, and the files beside it that hold its secrets."""
    configuration = Configuration.read(os.environ, Path())
    settings = start(to_serve=False)
    if settings.database_file is None:
        raise click.ClickException(
            f"`shop {command}` is for the embedded database. For MySQL, see Backup and restore in docs/operations.md."
        )
    return settings, list(configuration.key_files.values())


def prepare_schema(settings: Settings) -> None:
    """Migrate an embedded database; refuse a server's (by a ShopError) that this version can't run on.

    A server may be shared by processes of the version before, so nobody changes it in passing.
    """
    if settings.database_file is None:
        require_usable_schema(settings)
    else:
        for revision, title in upgrade_schema(settings).steps:
            click.echo(f"Migrated {settings.database_file} to {revision}: {title}")
