"""`shop worker`"""

import asyncio
import signal

import click
from prometheus_client import start_http_server

from shop.container.building import build_shop
from shop.container.database import require_stored_settings
from shop.container.shop import Shop
from shop.entrypoints.cli.start import prepare_schema, start
from shop.entrypoints.cli.working import work
from shop.entrypoints.worker import worker_of


@click.command()
def command() -> None:
    """Do the work that no request waits for, until stopped.

    It expires unpaid orders, finishes cancellations and refunds, applies payments whose notice was missed,
    sends mails and webhooks, imports products, keeps the figures current, and purges old data.
    """
    settings = start(to_serve=True)
    shop = build_shop(settings)
    prepare_schema(settings)
    require_stored_settings(settings)
    shop.messages.mail_texts()  # a broken template stops the start
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, settings.host, shop.registry)
    asyncio.run(_work(shop))


async def _work(shop: Shop) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await shop.payments.payment_providers().open()
        await work(worker_of(shop), stop)
    finally:
        await shop.close()
