"""A log stream whose lines tests can read."""

import io
import json
from typing import Any


class Log(io.BytesIO):
    """A stream for `configure_logging`; `lines` are the decoded log lines, `requests` those of requests."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == "request"]
