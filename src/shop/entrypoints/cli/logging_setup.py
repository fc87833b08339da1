"""Configures logging from the settings, including the logs of libraries."""

import logging
import sys
from typing import Final

import structlog

from shop.entrypoints.logs import configure_logging
from shop.settings import LogFormat, Settings

_MIN_LEVEL: Final = logging.WARNING
"""Below this level, drivers log every statement with its values, and servers log their lifecycle."""


def configure_logs(settings: Settings) -> None:
    """Write the output of structlog, logging and warnings to stderr in one format from now on."""
    chosen = settings.log_format
    readable = sys.stderr.isatty() if chosen is LogFormat.AUTO else chosen is LogFormat.CONSOLE
    configure_logging(settings.log_level, readable=readable)
    level = max(logging.getLevelNamesMapping()[settings.log_level.upper()], _MIN_LEVEL)
    logging.basicConfig(handlers=[_ToStructlog()], level=level, force=True)
    logging.captureWarnings(True)


class _ToStructlog(logging.Handler):
    """Passes the standard library's records to structlog, so that all logs share one format and stream."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(record.levelno // 10 * 10, logging.CRITICAL)
        try:
            structlog.get_logger().log(
                level, record.getMessage(), logger=record.name, exc_info=record.exc_info or None
            )
        except (TypeError, ValueError, KeyError):  # the message does not fit its arguments
            self.handleError(record)
