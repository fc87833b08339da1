"""The metrics of `shop serve` with several processes, and on a separate port."""

import os
import re
import select
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.mysql_server.process import free_port
from tests.served_shop import SECONDS, run, serving


def pages_counted(url: str) -> float:
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics", timeout=SECONDS).text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "shop_http_requests_total" and sample.labels["route"] == "/api/products"
    )


def look_at_pages(url: str, count: int) -> None:
    for _ in range(count):  # one connection per request, so that every process gets some
        assert httpx.get(f"{url}/api/products?page=1", timeout=SECONDS).status_code == 200


def server_processes(folder: Path) -> list[int]:
    """The children of the `shop serve` that was started in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder and b"spawn_main" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:  # it ended meanwhile, or belongs to another user
            continue
    return found


def test_every_process_shows_the_sum(tmp_path: Path) -> None:
    with serving(tmp_path, "--processes", "2") as (url, _):
        look_at_pages(url, 60)
        assert {pages_counted(url) for _ in range(15)} == {60}
        os.kill(server_processes(tmp_path)[0], signal.SIGKILL)
        look_at_pages_until_all_answer(url)
        counted = pages_counted(url)
        assert counted >= 60
        look_at_pages(url, 10)
        assert pages_counted(url) == counted + 10


class _Killed(Exception):
    """Leaves a server without stopping it, so that it is killed."""


def test_processes_stop_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    with suppress(_Killed), serving(tmp_path, "--processes", "2") as (url, _):
        while len(children := server_processes(tmp_path)) < 2:
            look_at_pages(url, 1)
        ends = [os.pidfd_open(child) for child in children]
        raise _Killed
    for end in ends:
        assert select.select([end], [], [], SECONDS)[0], "the process is still running"
        os.close(end)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def look_at_pages_until_all_answer(url: str) -> None:
    """Requests that the killed process had accepted fail: repeat until ten in a row succeed."""
    in_a_row = 0
    while in_a_row < 10:
        try:
            httpx.get(f"{url}/health/live", timeout=SECONDS).raise_for_status()
            in_a_row += 1
        except httpx.TransportError:
            in_a_row = 0


def test_metrics_can_have_a_port_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    for processes in ("1", "2"):
        variables = {"SHOP_METRICS_PORT": str(port), "SHOP_PROCESSES": processes}
        with serving(tmp_path, variables=variables) as (url, _):
            look_at_pages(url, 5)
            assert pages_counted(own) == 5
            for path in ("/metrics", "/metrics/", "//metrics", "/metrics%2f"):
                assert httpx.get(f"{url}{path}", timeout=SECONDS).status_code == 404
            refused = httpx.get(f"{own}/api/products?page=1", timeout=SECONDS)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_the_former_names_of_the_number_of_processes_still_work(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as (url, _):
        while len(server_processes(tmp_path)) < 2:  # until both have started
            look_at_pages(url, 1)
        assert len(server_processes(tmp_path)) == 2
    assert "--workers is now called --processes" in (tmp_path / "stderr.txt").read_text()
    shown = run(tmp_path, "settings", variables={"SHOP_WORKERS": "2"})
    assert re.search(r"SHOP_PROCESSES +2 +environment", shown.stdout), shown.stdout
    assert "SHOP_WORKERS in the environment is now called SHOP_PROCESSES" in shown.stderr
