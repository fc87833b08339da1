"""`shop reconcile`"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from shop.application.payments.reconciling import Difference, Reconciliation, UncomparedPayment
from shop.container.building import build_shop
from shop.container.database import require_stored_settings
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start

_FORMATS: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
_DATETIME: Final = click.DateTime(_FORMATS)


@click.command()
@click.option(
    "--from", "start_at", type=_DATETIME, help="Orders placed from then on, in UTC. [default: 30 days ago]"
)
@click.option("--to", "end_at", type=_DATETIME, help="Orders placed before then, in UTC. [default: now]")
@click.option("--fix", is_flag=True, help="Repair unambiguous differences.")
@click.pass_context
def command(context: click.Context, start_at: datetime | None, end_at: datetime | None, *, fix: bool) -> None:
    """Compare the orders with the payment provider's books.

    It prints the differences: paid orders without a payment, payments without a paid order, amounts and refunds.
    The exit code is 1 if a difference remains unrepaired. Payments without a record at a provider (by bank
    transfer, or made before the shop moved to another account) are listed for manual comparison.
    """
    settings = start(to_serve=True)
    shop = build_shop(settings, patient=True)
    end = end_at.replace(tzinfo=UTC) if end_at else shop.accounts.clock().now()
    begin = start_at.replace(tzinfo=UTC) if start_at else end - timedelta(days=30)
    if begin > end:
        raise click.BadParameter("must not be later than --to", param_hint="--from")
    prepare_schema(settings)
    require_stored_settings(settings)
    reconciliation = asyncio.run(_reconcile(shop, begin, end, fix=fix))
    if reconciliation.uncompared:
        click.echo("Payments that can't be compared with a provider's books:")
        Console().print(_payments_table(reconciliation.uncompared))
    differences = reconciliation.differences
    period = f"orders placed from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    if not differences:
        click.echo(f"Nothing differs among {period}.")
        return
    Console().print(_table(differences, fix=fix))
    left = sum(not difference.is_fixed for difference in differences)
    found = "1 difference" if len(differences) == 1 else f"{len(differences)} differences"
    click.echo(f"{found} among {period}, {len(differences) - left} repaired.")
    if left:
        context.exit(1)


async def _reconcile(shop: Shop, begin: datetime, end: datetime, *, fix: bool) -> Reconciliation:
    try:
        return await shop.payments.reconcile()(begin, end, fix=fix)
    finally:
        await shop.close()


def _table(differences: Sequence[Difference], *, fix: bool) -> Table:
    table = Table()
    for title in ("Order", "What", "Here", "At the provider", "Payment", *(["Repaired"] if fix else [])):
        table.add_column(title, overflow="fold")  # a truncated id can't be looked up
    for difference in differences:
        repaired = ["yes" if difference.is_fixed else "no"] if fix else []
        table.add_row(
            difference.order,
            difference.kind,
            difference.ours,
            difference.theirs,
            difference.intent_id or "",
            *repaired,
        )
    return table


def _payments_table(payments: Sequence[UncomparedPayment]) -> Table:
    table = Table()
    for title in ("Order", "Provider", "Amount", "Status"):
        table.add_column(title, overflow="fold")
    for payment in payments:
        table.add_row(payment.order, payment.provider, payment.amount, payment.status)
    return table
