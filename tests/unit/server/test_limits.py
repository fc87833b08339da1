"""How many connections a process can afford."""

import resource

from shop.entrypoints.logs import configure_logging
from shop.entrypoints.server.served import RESERVED_FILES, affordable_limits, raise_file_limit
from tests.logs import Log


def test_files_for_the_database_are_reserved() -> None:
    limits = affordable_limits(1_000, 40, lambda wanted: 140)
    assert limits.connections == 140 - RESERVED_FILES - 40


def test_enough_files_are_asked_for() -> None:
    asked: list[int] = []

    def allow(wanted: int) -> int:
        asked.append(wanted)
        return wanted

    assert affordable_limits(1_000, 40, allow).connections == 1_000
    assert asked == [1_000 + 40 + RESERVED_FILES]


def test_a_few_connections_are_kept_whatever_the_limit() -> None:
    assert affordable_limits(1_000, 40, lambda wanted: 64).connections == 8


def test_fewer_connections_than_configured_are_logged_with_the_remedy() -> None:
    log = Log()
    configure_logging(stream=log)
    affordable_limits(1_000, 40, lambda wanted: 140)
    (line,) = log.lines
    assert (line["level"], line["configured"], line["connections"]) == ("warning", 1_000, 36)
    assert "ulimit -n" in line["remedy"]


def test_the_soft_limit_on_files_is_raised_within_the_hard_one() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft, hard = 500, before[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert raise_file_limit(400) == 500
        assert raise_file_limit(600) == 600
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (600, hard)
        if hard != resource.RLIM_INFINITY:
            assert raise_file_limit(hard + 1) == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
