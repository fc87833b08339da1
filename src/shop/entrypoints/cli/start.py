"""Common startup of commands: settings, logs, and a database with the right schema."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from shop.container.schema import require_usable_schema, upgrade_schema
from shop.entrypoints.cli.logging_setup import configure_logs
from shop.settings import Configuration, Settings


def start(flags: Mapping[str, str] | None = None, *, to_serve: bool, opens_database: bool = True) -> Settings:
    """Return the settings and configure logging from them; `flags` are variables that override the environment.

    Warns on stderr about unknown variables and, to serve, about features that are off for lack of settings. Raises
    SettingsError; `to_serve` as in `Configuration.settings`.
    """
    configuration = Configuration.read({**os.environ, **(flags or {})}, Path())
    _warn(configuration.warnings)
    settings = configuration.settings(to_serve=to_serve)
    if to_serve:
        _warn(configuration.warnings_to_serve())
    if opens_database:
        configuration.require_usable_file()
    configure_logs(settings)
    return settings


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)


def embedded_start(command: str) -> tuple[Settings, list[Path]]:
    """Return the settings of a command for the embedded database only, and the key files next to the database."""
    configuration = Configuration.read(os.environ, Path())
    settings = start(to_serve=False)
    if settings.database_file is None:
        raise click.ClickException(
            f"`shop {command}` is for the embedded database. For MySQL, see Backup and restore in docs/operations.md."
        )
    return settings, list(configuration.key_files.values())


def prepare_schema(settings: Settings) -> None:
    """Migrate an embedded database; raise a ShopError if this version can't run on a server's schema.

    Processes of the previous version may share a database server, so its schema is never migrated implicitly.
    """
    if settings.database_file is None:
        require_usable_schema(settings)
    else:
        for revision, title in upgrade_schema(settings).steps:
            click.echo(f"Migrated {settings.database_file} to {revision}: {title}")
