"""A real MySQL server for tests and benchmarks.

`mysql_server()` yields the URL of a server, from the first of these sources that is available:

1. `SHOP_TEST_MYSQL_URL`, if it is set (that server's settings are its own: `durable` changes nothing);
2. a container, if a Docker engine is running;
3. on Debian, Oracle's server from the suite sid, kept in `.cache/mysql/`: nothing is installed.

From a shell: `python -m tests.mysql_server [--durable] [--exec COMMAND…]`.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.mysql_server import debian, docker
from tests.mysql_server.process import MySQLUnavailableError

__all__ = ["URL_VARIABLE", "MySQLUnavailableError", "mysql_server"]

URL_VARIABLE = "SHOP_TEST_MYSQL_URL"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "mysql"


@contextmanager
def mysql_server(*, durable: bool = False, own: bool = False) -> Iterator[str]:
    """Give `mysql://root:…@127.0.0.1:port` of a running server; stop it and delete its data at the end.

    Without `durable` the server never waits for the disk. With it, a commit is one fsync and the buffer
    pool large, as benchmarks want it. `root` may do everything; its password is random, its
    authentication plugin the default caching_sha2_password. `own` is for tests that change what concerns all its
    users: it is never the server that the environment names.

    Enter it in the main thread: the server is killed when the thread that started it is gone.
    """
    if not own and (given := os.environ.get(URL_VARIABLE)):
        yield given
        return
    password = secrets.token_hex(16)
    reasons = []
    with ExitStack() as stack:
        for origin in (docker, debian):
            try:
                port = stack.enter_context(origin.server(CACHE, password, durable=durable))
            except MySQLUnavailableError as reason:
                reasons.append(str(reason))
            else:
                break
        else:
            raise MySQLUnavailableError(
                "No MySQL server is available for the tests.\n"
                + "".join(f"- {reason}\n" for reason in reasons)
                + f"Set {URL_VARIABLE} to a server's URL (mysql://user:password@host:port) or start Docker.\n"
                "`make test-fast` runs the tests that need no MySQL."
            )
        yield f"mysql://root:{password}@127.0.0.1:{port}"
