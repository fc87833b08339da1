"""A real MySQL server for tests and benchmarks.

`mysql_server()` yields the URL of a server, from the first of these sources that is available:

1. `SHOP_TEST_MYSQL_URL`, if it is set (`durable` then has no effect, because that server has its own settings);
2. a container, if a Docker engine is running;
3. on Debian, Oracle's server from the suite sid, unpacked into `.cache/mysql/`: nothing is installed.

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
    """Yield `mysql://root:…@127.0.0.1:port` of a running server; stop it and delete its data at the end.

    Without `durable` the server never waits for the disk. With it, each commit is one fsync and the buffer pool is
    large, as benchmarks need it. `root` has all privileges and a random password, with the default authentication
    plugin caching_sha2_password. With `own`, SHOP_TEST_MYSQL_URL is ignored: a test
    that changes something for all users of a server needs a server to itself.

    Enter the context in the main thread: the kernel kills the server when the thread that started it ends.
    """
    if not own and (given := os.environ.get(URL_VARIABLE)):
        yield given
        return
    password = secrets.token_hex(16)
    reasons = []
    with ExitStack() as stack:
        for source in (docker, debian):
            try:
                port = stack.enter_context(source.server(CACHE, password, durable=durable))
            except MySQLUnavailableError as reason:
                reasons.append(str(reason))
            else:
                break
        else:
            raise MySQLUnavailableError(
                "No MySQL server is available for the tests.\n"
                + "".join(f"- {reason}\n" for reason in reasons)
                + f"Set {URL_VARIABLE} to a server's URL (mysql://user:password@host:port) or start Docker.\n"
                "`make test-fast` runs the tests that do not need MySQL."
            )
        yield f"mysql://root:{password}@127.0.0.1:{port}"
