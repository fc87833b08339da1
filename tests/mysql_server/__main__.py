"""Run a MySQL server until Ctrl-C, or for as long as a command runs."""

import argparse
import os
import signal
import subprocess
import sys
from types import FrameType

from tests.mysql_server import URL_VARIABLE, MySQLUnavailableError, mysql_server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mysql_server", description=__doc__)
    parser.add_argument(
        "--durable", action="store_true", help="one fsync per commit, and a large buffer pool"
    )
    parser.add_argument(
        "--exec",
        dest="command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help=f"run COMMAND with {URL_VARIABLE} set and exit with its code",
    )
    arguments = parser.parse_args()
    if arguments.command == []:
        parser.error("--exec needs a command")
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        with mysql_server(durable=arguments.durable) as url:
            if arguments.command:
                return _run(arguments.command, url)
            print(url, flush=True)
            signal.pause()
    except MySQLUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _run(command: list[str], url: str) -> int:
    child = subprocess.Popen(command, env={**os.environ, URL_VARIABLE: url})
    try:
        while True:
            try:
                code = child.wait()
            except KeyboardInterrupt:
                continue  # the terminal sent Ctrl-C to the command too: wait until it ends
            return code if code >= 0 else 128 - code
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
