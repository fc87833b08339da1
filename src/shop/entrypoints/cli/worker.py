"""`shop worker`"""

import asyncio
import signal

import click
from prometheus_client import start_http_server

from shop.container import Container, build_container, close_container
from shop.entrypoints.cli.start import prepare_schema, require_stored_settings, start
from shop.entrypoints.cli.working import work
from shop.entrypoints.worker import worker_of


@click.command()
def command() -> None:
    """Do the work that no request waits for, until stopped.

    It expires unpaid orders, finishes cancellations and refunds, and applies payments whose notice was missed.
    """
    settings = start(to_serve=True)
    container = build_container(settings)
    prepare_schema(container, settings)
    require_stored_settings(settings)
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, settings.host, container.registry())
    asyncio.run(_work(container))


async def _work(container: Container) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await container.payment_provider().open()
        await work(worker_of(container), stop)
    finally:
        await close_container(container)
