"""All log lines have one format, and libraries log only warnings."""

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from shop.entrypoints.cli.logging_setup import configure_logs
from shop.entrypoints.logs import log_request
from shop.settings import LogFormat, LogLevel, Settings

Text = Callable[[], str]


@pytest.fixture
def text(capfd: pytest.CaptureFixture[str]) -> Iterator[Text]:
    """What is written to stderr; afterwards, logging is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # else configuring would close them
    yield lambda: capfd.readouterr().err
    logging.captureWarnings(False)
    log_request.configure(None)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def configure(level: LogLevel, form: LogFormat) -> None:
    configure_logs(Settings(jwt_secret="k" * 32, log_level=level, log_format=form))


def lines(text: Text) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text().splitlines()]


@pytest.mark.parametrize("form", [LogFormat.AUTO, LogFormat.JSON])
def test_without_a_terminal_log_lines_are_json(form: LogFormat, text: Text) -> None:
    configure(LogLevel.INFO, form)
    structlog.get_logger().debug("too_small_to_tell")
    structlog.get_logger().info("order_placed", order_id="o-1")
    (line,) = lines(text)
    assert (line["event"], line["level"], line["order_id"]) == ("order_placed", "info", "o-1")


def test_readable_log_lines_are_not_json(text: Text) -> None:
    configure(LogLevel.INFO, LogFormat.CONSOLE)
    structlog.get_logger().info("order_placed", order_id="o-1")
    logging.getLogger("library").warning("odd")
    written = text()
    assert "order_placed" in written
    assert "odd" in written
    assert "{" not in written
    assert "\x1b" not in written  # nor colours, where there is no terminal


def test_standard_library_logs_have_the_same_format(text: Text) -> None:
    configure(LogLevel.INFO, LogFormat.JSON)
    logging.getLogger("uvicorn.error").log(35, "%d connections", 3)
    logging.getLogger("uvicorn.error").critical("the end")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old fashioned", DeprecationWarning, stacklevel=1)
    first, second, third = lines(text)
    assert (first["event"], first["level"], first["logger"]) == ("3 connections", "warning", "uvicorn.error")
    assert (second["event"], second["level"]) == ("the end", "critical")
    assert "old fashioned" in third["event"]


@pytest.mark.parametrize("level", [LogLevel.DEBUG, LogLevel.INFO])
def test_drivers_do_not_log_statements(level: LogLevel, text: Text) -> None:
    configure(level, LogFormat.JSON)
    logging.getLogger("aiosqlite").debug("INSERT INTO users VALUES (%s)", "hidden")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert text() == ""


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.CONSOLE])
def test_a_traceback_shows_no_variables(form: LogFormat, text: Text) -> None:
    configure(LogLevel.INFO, form)
    try:
        password = "HIDDEN".lower()
        raise LookupError(len(password))
    except LookupError:
        structlog.get_logger().exception("failed")
        logging.getLogger("library").exception("failed too")
    written = text()
    assert written.count("LookupError: 6") == 2
    assert "hidden" not in written
