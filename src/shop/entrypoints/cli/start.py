"""What most commands begin with: settings, logs, and a database with the right schema."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import click

from shop.container import Container, build_container, close_container
from shop.entrypoints.cli.logging_setup import configure_logs
from shop.settings import Configuration, Settings


def start(flags: Mapping[str, str] | None = None, *, to_serve: bool) -> Settings:
    """The settings, with logs configured by them; `flags` are variables that win over the environment.

    Warns on stderr about variables that are no settings. Raises SettingsError; `to_serve` as there.
    """
    configuration = Configuration.read({**os.environ, **(flags or {})}, Path())
    for warning in configuration.warnings:
        click.echo(f"Warning: {warning}", err=True)
    settings = configuration.settings(to_serve=to_serve)
    configure_logs(settings)
    return settings


def prepare_schema(container: Container, settings: Settings) -> None:
    """Migrate an embedded database; refuse a server's (by a ShopError) that this version can't run on.

    A server may be shared by processes of the version before, so nobody changes it in passing.
    """
    if settings.database_file is None:
        container.require_usable_schema()
    else:
        for revision, title in container.upgrade_schema().steps:
            click.echo(f"Migrated {settings.database_file} to {revision}: {title}")


def require_stored_settings(settings: Settings) -> None:
    """Refuse (by a ShopError) settings under which the stored amounts would mean something else.

    For every command that reads or writes amounts, once the schema is there.
    """
    asyncio.run(_require_stored_settings(build_container(settings)))


async def _require_stored_settings(container: Container) -> None:
    # A container of its own: connections belong to the event loop that opened them.
    try:
        await container.require_stored_settings()()
    finally:
        await close_container(container)
