"""Processes of the shop without their start-up: each is forked from a process that has imported every command.

Starting Python and importing the shop takes seconds of processor time, and tests start hundreds of processes. The
fork server does both once for each process of pytest. For the shop, a forked process differs from `python -m shop` only
in the modules that are imported already; `tests/integration/cli/test_command_line.py` and the tests of documents start
the real command.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import types
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

PIPE: Final = subprocess.PIPE
_ROOT: Final = Path(__file__).resolve().parents[1]
_MESSAGE_SIZE: Final = 1 << 17
_NUMBER: Final = struct.Struct("i")


class ForkedProcess:
    """A process that runs a module, as `python -m module arguments` does, or the source code `code`.

    It has the methods of `subprocess.Popen` that tests use. Each standard stream is a file, PIPE, or None to inherit
    the stream of this process; pipes are text unless `text` is False.
    """

    def __init__(
        self,
        module: str | None,
        *arguments: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        code: str = "",
        stdin: IO[Any] | int | None = None,
        stdout: IO[Any] | int | None = None,
        stderr: IO[Any] | int | None = None,
        text: bool = True,
    ) -> None:
        self.returncode: int | None = None
        self.stdin: IO[Any] | None = None
        self.stdout: IO[Any] | None = None
        self.stderr: IO[Any] | None = None
        self._status, status = os.pipe()
        theirs, passed = [status], []
        try:
            for number, (name, wanted) in enumerate(
                (("stdin", stdin), ("stdout", stdout), ("stderr", stderr))
            ):
                if wanted == PIPE:
                    reading, writing = os.pipe()
                    ours, end = (writing, reading) if number == 0 else (reading, writing)
                    mode = ("w" if number == 0 else "r") + ("" if text else "b")
                    setattr(self, name, open(ours, mode, buffering=1 if text else -1))  # noqa: PTH123, SIM115
                    theirs.append(end)
                    passed.append(end)
                else:
                    passed.append(
                        number if wanted is None else wanted if isinstance(wanted, int) else wanted.fileno()
                    )
            request = {
                "module": module,
                "code": code,
                "arguments": arguments,
                "cwd": str(cwd or Path.cwd()),
                "env": dict(os.environ if env is None else env),
            }
            _fork_server().send(request, [*passed, status])
        finally:
            for end in theirs:
                os.close(end)
        self.pid = self._read_number()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = self._read_number()
            os.close(self._status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process to end; return its exit code. Raises TimeoutExpired after `timeout` seconds."""
        if self.returncode is None and not select.select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> "ForkedProcess":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def _read_number(self) -> int:
        packed = os.read(self._status, _NUMBER.size)
        assert packed, "the fork server has ended"
        number: int = _NUMBER.unpack(packed)[0]
        return number


def run_forked(
    module: str | None,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    code: str = "",
    given: str = "",
    timeout: float,
) -> "subprocess.CompletedProcess[str]":
    """Run a forked process to its end, like `subprocess.run` with text and captured output. Raises TimeoutExpired."""
    with (
        tempfile.TemporaryFile("w+") as put,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        put.write(given)
        put.seek(0)
        process = ForkedProcess(
            module, *arguments, cwd=cwd, env=env, code=code, stdin=put, stdout=out, stderr=err
        )
        try:
            returncode = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([module or "-c", *arguments], returncode, out.read(), err.read())


def write_program(file: Path) -> None:
    """Write an executable for shell scripts that behaves like `python -m shop`, but is forked by the fork server."""
    program = f"""\
        #!{sys.executable} -IS
        import json, os, socket, struct, sys
        reading, writing = os.pipe()
        request = {{
            "module": "shop", "code": "", "arguments": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)
        }}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
            server.connect({str(_fork_server().path)!r})
            socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2, writing])
        os.close(writing)
        os.read(reading, {_NUMBER.size})  # the number of the process
        [status] = struct.unpack({_NUMBER.format!r}, os.read(reading, {_NUMBER.size}))
        sys.exit(status if status >= 0 else 128 - status)
    """
    file.write_text(textwrap.dedent(program))
    file.chmod(0o755)


class _ForkServer:
    """The client side of the fork server, which ends when this process closes its socket."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name, "requests")
        """The socket on which programs of `write_program` send their requests."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(str(self.path))
            listening.listen()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(listening.fileno())],
                cwd=_ROOT,
                stdin=theirs.fileno(),
                pass_fds=[listening.fileno()],
            )

    def send(self, request: Mapping[str, Any], files: Sequence[int]) -> None:
        socket.send_fds(self._socket, [json.dumps(request).encode()], files)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()
        self._folder.cleanup()


@cache
def _fork_server() -> _ForkServer:
    server = _ForkServer()
    atexit.register(server.close)
    return server


def _main() -> None:
    """Fork a process for every request, until the other end of the socket is closed."""
    _import_the_shop()
    control, listening = socket.socket(fileno=0), socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the attendants
    while True:
        if control in select.select([control, listening], [], [])[0]:
            request, files, *_ = socket.recv_fds(control, _MESSAGE_SIZE, 4)
            if not request:
                return
        else:
            with listening.accept()[0] as program:
                request, files, *_ = socket.recv_fds(program, _MESSAGE_SIZE, 4)
            if not request:
                continue
        if os.fork() == 0:
            _attend(json.loads(request), files)
            return
        for file in files:
            os.close(file)


def _import_the_shop() -> None:
    importlib.import_module("shop.testing")
    commands = importlib.import_module("shop.entrypoints.cli")
    for command in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(command.name)
    threads = len(list(Path("/proc/self/task").iterdir())) if Path("/proc/self/task").is_dir() else 1
    assert threads == 1, "threads do not survive a fork"
    gc.collect()
    gc.freeze()


def _attend(request: Mapping[str, Any], files: Sequence[int]) -> None:
    """Fork the process that runs the module. The attendant reports its id and its exit code, and then exits."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, status = files
    process = os.fork()
    if process == 0:
        _run(request, streams)
        return
    os.closerange(0, status)
    os.closerange(status + 1, os.sysconf("SC_OPEN_MAX"))
    os.write(status, _NUMBER.pack(process))
    os.write(status, _NUMBER.pack(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])))
    os._exit(0)


def _run(request: Mapping[str, Any], streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    sys.argv = [request["module"] or "-c", *request["arguments"]]
    if request["module"]:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    else:
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(request["code"], "<string>", "exec"), main.__dict__)


if __name__ == "__main__":
    _main()
