"""`shop import`"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shop.application.catalogue.exchange.import_views import ImportView, RowErrorView
from shop.application.framework.idempotency import Done
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.catalogue_import import ImportStatus
from shop.entrypoints.cli.start import prepare_schema, start

_SHOWN_MESSAGES: Final = 20
"""The number of errors that are printed at most, and likewise of warnings."""
_REFRESH_SECONDS: Final = 0.5
"""How often the progress bar is updated, whether this process or the shop's worker does the import."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Report what would change, and change nothing.")
@click.option(
    "--stock",
    type=click.Choice(["new", "set"]),
    default="new",
    show_default=True,
    help="Which variants get the file's stock: only new ones, or existing ones too.",
)
@click.option("--user", help="The user on whose behalf stock is set. Needed with --stock set.")
def command(file: Path, *, dry_run: bool, stock: str, user: str | None) -> None:
    """Import products from a CSV file: the shop's own, Shopify's or WooCommerce's.

    Works while the shop is open. The shop's worker continues an interrupted import. Exits with 1 if a row has an error.
    """
    if stock == "set" and user is None:
        raise click.UsageError("--stock set needs the user who counted the stock: add --user.")
    settings = start(to_serve=False)
    shop = build_shop(settings)
    prepare_schema(settings)
    done = asyncio.run(_import(shop, file, dry_run=dry_run, set_stock=stock == "set", username=user))
    _report(done)
    if done.failed or done.status is ImportStatus.FAILED:
        raise SystemExit(1)


async def _import(
    shop: Shop, file: Path, *, dry_run: bool, set_stock: bool, username: str | None
) -> ImportView:
    try:
        by = None if username is None else await _principal(shop, username)
        with file.open("rb") as content:
            outcome = await shop.catalogue.start_import()(by, content, dry_run=dry_run, set_stock=set_stock)
        assert isinstance(outcome, Done)  # there is no idempotency key
        return await _finished(shop, outcome.view.id)
    finally:
        await shop.close()


async def _finished(shop: Shop, import_id: str) -> ImportView:
    """Work on the import, or watch the shop's worker do it, until it is finished."""
    run_imports, show_import = (
        shop.catalogue.run_imports(slice_seconds=_REFRESH_SECONDS),
        shop.catalogue.show_import(),
    )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("rows", total=None)
        try:
            while True:
                did_work = await run_imports(import_id)
                shown = await show_import(import_id)
                bars.update(task, completed=shown.processed, total=shown.rows or None)
                if shown.finished_at is not None:
                    return shown
                if not did_work:
                    await asyncio.sleep(_REFRESH_SECONDS)
        finally:
            await run_imports.finish()


async def _principal(shop: Shop, username: str) -> Principal:
    user = await shop.storage.users.user_by_username(username)
    if user is None:
        raise click.ClickException(f"There is no user called {username}.")
    return Principal(user.id, user.username, Role.CUSTOMER, "")


def _report(done: ImportView) -> None:
    _list("error", done.errors, done.error_count)
    _list("warning", done.warnings, done.warning_count)
    if done.unknown_columns:
        click.echo(f"Ignored columns: {', '.join(done.unknown_columns)}.", err=True)
    if done.status is ImportStatus.DONE:
        verb = "would be" if done.dry_run else "were"
        click.echo(
            f"{done.created:,} products {verb} created, {done.updated:,} updated;"
            f" {done.unchanged:,} unchanged, {done.skipped:,} skipped, {done.failed:,} failed."
        )


def _list(kind: str, messages: Sequence[RowErrorView], total: int) -> None:
    for each in messages[:_SHOWN_MESSAGES]:
        column = "" if each.column is None else f", {each.column}"
        click.echo(f"Row {each.row}{column}: {each.message}", err=True)
    if total > _SHOWN_MESSAGES:
        click.echo(f"… and {total - _SHOWN_MESSAGES:,} more {kind}s.", err=True)
