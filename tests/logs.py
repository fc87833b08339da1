"""Log lines as tests read them."""

import io
import json
from typing import Any


class Log(io.BytesIO):
    """A stream for `configure_logging`."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == "request"]
