"""`shop serve`"""

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import structlog
from litestar import Litestar

from shop.container.building import build_shop
from shop.container.database import require_stored_settings
from shop.container.shop import Shop
from shop.domain.errors import Unavailable
from shop.entrypoints.cli import server
from shop.entrypoints.cli.logging_setup import configure_logs
from shop.entrypoints.cli.start import prepare_schema, start
from shop.entrypoints.cli.working import work
from shop.entrypoints.http.framework.middleware import metrics_of
from shop.entrypoints.http.wiring import http_app
from shop.entrypoints.server.connections import Connections
from shop.entrypoints.server.metrics_port import MetricsApplication
from shop.entrypoints.server.process_metrics import ProcessMetrics, socket_names_fit
from shop.entrypoints.server.served import ServedApplication, affordable_limits
from shop.entrypoints.worker import worker_of
from shop.settings import Configuration, Payments, Service, Settings
from shop.settings.values import services

_METRICS_DIRECTORY: Final = "_SHOP_METRICS_DIRECTORY"
"""The environment variable that passes the shared directory to the server processes."""

log = structlog.get_logger()


def _checked_services(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    try:
        if text is not None:
            services(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None
    return text


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 0: any free one.")
@click.option("--processes", type=click.IntRange(1, 64), help="How many server processes to run.")
@click.option("--workers", "former_processes", type=click.IntRange(1, 64), hidden=True)
@click.option("--worker/--no-worker", default=None, help="Whether to do the work of `shop worker` as well.")
@click.option(
    "--services",
    "chosen",
    metavar=",".join(Service),
    callback=_checked_services,
    help="The parts of the API to offer.",
)
def command(
    host: str | None,
    port: int | None,
    processes: int | None,
    former_processes: int | None,
    worker: bool | None,
    chosen: str | None,
) -> None:
    """Start the HTTP server.

    Options not given here come from the settings. An embedded database is migrated first; a database server must
    have been migrated already (`shop migrate`). SIGINT and SIGTERM stop it: running requests have 10 s to finish.
    """
    if former_processes is not None:
        click.echo("Warning: --workers is now called --processes.", err=True)
    given = {
        "SHOP_HOST": host,
        "SHOP_PORT": port,
        "SHOP_PROCESSES": processes or former_processes,
        "SHOP_WORKER": None if worker is None else "on" if worker else "off",
        "SHOP_SERVICES": chosen,
    }
    flags = {variable: str(value) for variable, value in given.items() if value is not None}
    settings = start(flags, to_serve=True)
    with ExitStack() as stack:
        listening = [stack.enter_context(server.listen(settings.host, settings.port))]
        if settings.metrics_port:
            listening.append(stack.enter_context(server.listen(settings.host, settings.metrics_port)))
        shop = build_shop(settings)
        prepare_schema(settings)
        require_stored_settings(settings)
        shop.messages.mail_texts()  # a broken template stops the start
        welcome = _welcome(settings, server.url_of(listening[0]))
        if settings.processes == 1:
            app = _application(shop, settings)
            click.echo(welcome)
            server.serve(app, listening)
        else:
            click.echo(welcome)
            environment = {**flags, _METRICS_DIRECTORY: stack.enter_context(_metrics_directory())}
            server.serve_in_processes(f"{__name__}:application", listening, settings.processes, environment)


@contextmanager
def _metrics_directory() -> Iterator[str]:
    """Yield a directory that the server processes share. Raises Unavailable."""
    try:
        with TemporaryDirectory(prefix="shop-") as directory:
            if not socket_names_fit(Path(directory)):
                raise Unavailable(
                    f"The name of the folder for temporary files is too long: {directory}. Set TMPDIR."
                )
            yield directory
    except OSError as error:
        raise Unavailable(
            f"Several processes need a folder for temporary files (TMPDIR): {error}."
        ) from error


def application() -> ServedApplication:
    """Return the application of one of several server processes, configured by its environment."""
    server.stop_with_parent()
    settings = Configuration.read(os.environ, Path()).settings(to_serve=True)
    configure_logs(settings)
    return _application(build_shop(settings), settings, Path(os.environ[_METRICS_DIRECTORY]))


def _application(shop: Shop, settings: Settings, metrics_directory: Path | None = None) -> ServedApplication:
    process_metrics = ProcessMetrics(shop.registry, metrics_directory) if metrics_directory else None

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        try:
            if (shared_reads := shop.shared_reads) is not None:
                shared_reads.connection.start()
            await shop.payments.payment_providers().open()
            # An open connection also tells `shop restore` that the shop is running.
            with suppress(Unavailable):
                await shop.storage.ping()
            async with AsyncExitStack() as stack:
                if process_metrics is not None:
                    await process_metrics.open()
                    stack.push_async_callback(process_metrics.close)
                if settings.run_worker:
                    await stack.enter_async_context(_worker_beside(shop))
                yield
        finally:
            await shop.close()

    show_metrics = process_metrics or metrics_of(shop.registry)
    app = http_app(shop, settings.services, [lifespan], show_metrics)
    connections = Connections(affordable_limits(settings.max_connections, 2 * settings.database_pool_size))
    shop.registry.register(connections)
    # These objects live as long as the process: freeze them, so that the collector doesn't scan them repeatedly.
    gc.collect()
    gc.freeze()
    metrics = MetricsApplication(show_metrics) if settings.metrics_port else None
    return ServedApplication(app, connections, metrics, settings.metrics_port)


@asynccontextmanager
async def _worker_beside(shop: Shop) -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(work(worker_of(shop), stop))
    working.add_done_callback(_log_crash)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({working})


def _log_crash(working: asyncio.Task[None]) -> None:
    if not working.cancelled() and (error := working.exception()):
        log.critical("worker_died", exc_info=error)


def _welcome(settings: Settings, url: str) -> str:
    lines = [("API docs", f"{url}/schema")]
    if Service.ACCOUNTS in settings.services:
        lines.append(("Owners", f"{url}/admin"))
    if Service.CATALOGUE in settings.services:
        lines.append(("Try it", f"curl '{url}/api/products?page=1'"))
    lines.append(("An admin", f"{_program()} create-admin NAME   (in a second terminal)"))
    if Payments.SANDBOX in (settings.payments or ()):
        lines.append(("Payments", "sandbox: no card is charged, and buyers get goods without paying"))
    if not settings.run_worker:
        lines.append(("Worker", f"not in here: run {_program()} worker"))
    lines.append(("Stop", "Ctrl-C"))
    return "\n".join([f"The shop is open at {url}", *(f"  {name:<10}{text}" for name, text in lines)])


def _program() -> str:
    """Return the command line that runs this program again."""
    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        return f"{sys.executable} -m shop"
    if shutil.which(script.name) == str(script.absolute()):
        return script.name
    here = Path.cwd()
    return str(script.absolute().relative_to(here) if script.absolute().is_relative_to(here) else script)
