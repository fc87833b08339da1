"""The HTTP server, uvicorn on uvloop: the only module of a running shop that depends on uvicorn."""

import errno
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, cast

import uvicorn
from uvicorn.supervisors import Multiprocess

from shop.domain.errors import Unavailable
from shop.entrypoints.server.protocol import ShopProtocol
from shop.entrypoints.server.served import ServedApplication

if TYPE_CHECKING:
    from uvicorn._types import ASGIApplication

DRAIN_SECONDS: Final = 10
"""The time that running requests have to finish after a stop signal."""
_BACKLOG: Final = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections queue until `serve`. Raises Unavailable if it can't be bound."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except UnicodeError as error:  # such as two dots in a row
        raise Unavailable(f"Nothing can listen on {host}: it is not the name of a host.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} of {host} is taken: stop what uses it, or choose another by --port."
        elif error.errno == errno.EACCES:
            reason = f"Port {port} of {host} is reserved for root: choose one above 1023 by --port."
        else:
            reason = f"Nothing can listen on {host}: {error.strerror}."
        raise Unavailable(reason) from error


def url_of(listening: socket.socket) -> str:
    """Return the URL under which this machine reaches the listening socket."""
    host, port = listening.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(application: ServedApplication, listening: Sequence[socket.socket]) -> None:
    """Serve `application` in this process until SIGINT or SIGTERM; then drain, and return or exit with 0."""
    # Once drained, the server re-raises the signal for the previous handler.
    signal.signal(signal.SIGTERM, _exit)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(_config(application)).run(sockets=list(listening))


def serve_in_processes(
    application: str, listening: Sequence[socket.socket], processes: int, environment: Mapping[str, str]
) -> None:
    """Serve the application created by `application` ("module:function") in each of `processes`.

    The processes inherit this environment plus `environment`. Processes that die are replaced. Ends as `serve`
    does.
    """
    os.environ.update(environment)
    Multiprocess(_config(application, workers=processes), sockets=list(listening)).run()


def stop_with_parent() -> None:
    """Stop this process of `serve_in_processes` as by SIGTERM when its parent has died.

    Otherwise the processes of a parent that was killed would hold the port, and go on without anybody to stop them.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stop with parent", daemon=True).start()


def _config(application: ServedApplication | str, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        cast("ASGIApplication", application),
        interface="asgi3",
        factory=isinstance(application, str),
        loop="uvloop",
        http=ShopProtocol,
        ws="none",
        lifespan="on",
        log_config=None,  # logging_setup.py has configured everything
        access_log=False,  # the application writes it, with the request's context
        proxy_headers=False,  # the application trusts the proxies in its settings
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        **options,
    )


def _exit(_number: int, _frame: object) -> None:
    raise SystemExit(0)
