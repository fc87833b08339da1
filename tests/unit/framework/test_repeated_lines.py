"""Repeated log lines are written once per minute, with their count."""

import pytest
import structlog

from shop.entrypoints.logs import ABOUT, _OncePerMinute


class Log:
    def __init__(self) -> None:
        self.now = 0.0
        self._limit = _OncePerMinute(lambda: self.now)

    def say(self, event: str, **facts: object) -> dict[str, object] | None:
        """Return the line that is written, or None if it is dropped."""
        try:
            return dict(self._limit(None, "warning", {"event": event, **facts}))
        except structlog.DropEvent:
            return None


@pytest.fixture
def log() -> Log:
    return Log()


def test_repeated_log_lines_are_written_once_per_minute_with_a_count(log: Log) -> None:
    assert log.say("unavailable", **{ABOUT: "disk"}) == {"event": "unavailable"}
    log.now = 59
    assert log.say("worker_job_incomplete", **{ABOUT: "disk"}) is None
    assert log.say("unavailable", **{ABOUT: "disk"}) is None
    log.now = 60
    assert log.say("unavailable", **{ABOUT: "disk"}) == {"event": "unavailable", "repeated": 2}


def test_unrelated_log_lines_are_always_written(log: Log) -> None:
    for about in ("disk", "network"):
        assert log.say("unavailable", **{ABOUT: about})
    for _ in range(3):
        assert log.say("request") == {"event": "request"}
