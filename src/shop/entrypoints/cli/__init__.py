"""The command line. `main` imports a command's module on demand, so `--help` loads none of them.

Each command has a module of the same name, with `_` for `-`, or else the module in `_MODULES`. The module's
click command is called `command`.
"""

import difflib
import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from shop.domain.errors import ShopError
from shop.settings import SettingsError

_COMMANDS: Final = {
    "serve": "Start the HTTP server.",
    "migrate": "Bring the database to the schema that this version needs.",
    "seed": "Fill the database with made-up products, customers and orders.",
    "samples": "Remove the sample products that a new shop comes with.",
    "import": "Import products from a CSV file.",
    "export": "Write products, orders or customers to a CSV file.",
    "create-admin": "Create an admin.",
    "set-password": "Set a user's password.",
    "remove-second-factor": "Remove the second factor of a user who lost it.",
    "worker": "Run the background work.",
    "rebuild-statistics": "Rebuild the figures while the shop is open.",
    "check-statistics": "Compare the figures with orders and refunds.",
    "reconcile": "Compare the orders with the payment provider's books.",
    "webhooks": "Print events as they happen, and forward them to your machine.",
    "backup": "Copy the embedded database to a file, while the shop is open.",
    "restore": "Replace the embedded database with a backup.",
    "settings": "Show every setting with its value, source and meaning.",
    "openapi": "Print the description of the API (OpenAPI 3.1, JSON).",
    "postman": "Write a Postman collection of the API, with recorded answers.",
}

_MODULES: Final = {"import": "import_products"}
"""Modules of commands whose names Python reserves."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would take a fifth of the imports' time and find nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        with _collector_paused():
            module = importlib.import_module(f"{__name__}.{name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if near := difflib.get_close_matches(args[0].lower(), _COMMANDS, n=1):
                raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", error.ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ShopError, SettingsError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shop", message="%(package)s %(version)s")
def main() -> None:
    """A headless shop.

    Settings are SHOP_… environment variables, or a .env file in the working directory: see `shop settings`.
    """
