"""`shop settings`"""

import os
from pathlib import Path
from typing import Final

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shop.application.framework.stored_settings import CONFIRMABLE
from shop.container.database import confirm_setting
from shop.entrypoints.cli.start import prepare_schema, start
from shop.settings import Configuration, SettingsError, Source, env_example, settings_page

_WIDTH_WITHOUT_TERMINAL: Final = 160


@click.group(invoke_without_command=True)
@click.option("--example", is_flag=True, help="Print a .env file that names every setting, and nothing else.")
@click.option("--markdown", is_flag=True, help="Print docs/configuration.md, and nothing else.")
@click.pass_context
def command(context: click.Context, example: bool, markdown: bool) -> None:
    """Show every setting with its value, the value's source, and its meaning. Secrets are masked.

    The exit code is 1, with the reasons, if `shop serve` would not start with these settings.
    """
    if context.invoked_subcommand is not None:
        return
    if example or markdown:
        click.echo(env_example() if example else settings_page(), nl=False)
        return
    configuration = Configuration.read(os.environ, Path())
    for warning in configuration.warnings:
        click.echo(f"Warning: {warning}", err=True)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_WITHOUT_TERMINAL
    console.print(_table(configuration))
    if problems := configuration.problems(to_serve=True):
        raise SettingsError(problems)


@command.command()
@click.argument("variable", type=click.Choice(CONFIRMABLE))
def confirm(variable: str) -> None:
    """Accept the current value of VARIABLE, although amounts were stored under another value.

    The stored amounts do not change: from the next start they mean something else.
    """
    settings = start(to_serve=False)
    prepare_schema(settings)
    stored, value = confirm_setting(settings, variable)
    if stored is None:
        click.echo(f"Nothing was stored with {variable} yet, so there is nothing to confirm.")
    elif stored == value:
        click.echo(f"{variable}={value} is stored already.")
    else:
        click.echo(
            f"{variable}={value} is stored now, instead of {stored}. Restart every process of the shop."
        )


def _table(configuration: Configuration) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("Setting", no_wrap=True)
    table.add_column("Value", overflow="fold")
    table.add_column("From", no_wrap=True)
    table.add_column("Meaning", ratio=1)
    for name, entry in configuration.entries.items():
        is_generated = entry.source is Source.GENERATED
        shown = f"kept in {configuration.key_files[name]}" if is_generated else entry.shown
        style = "red" if entry.problem else "" if entry.source is Source.DEFAULT else "bold"
        table.add_row(
            entry.setting.variable, Text(shown, style), entry.source.value, Text(entry.setting.meaning)
        )
    return table
