"""`python -m bench budgets`: loads the storefront's views in Chromium, with the network and processor of a phone.

For each view, with an empty browser cache: when its largest content is painted, how far its layout shifts (both as
Chromium reports them), and how many bytes of the shop's own scripts and styles are transferred. The budgets are less
than 1.0 s, 0.02 and 100 kB. Also the compressed size of each page, and the time that the server takes to answer.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from tests.chromium import chromium
from tests.served_shop import environment, serving

PHONE: Final = {"width": 390, "height": 844}
LATENCY: Final = 150
"""Milliseconds per exchange, as in Lighthouse's profile of a phone ("slow 4G")."""
BYTES_PER_SECOND: Final = 1_638_400 // 8
SLOWDOWN: Final = 4
"""The factor by which the processor is slowed down."""
MAX_PAINT: Final = 1.0
MAX_SHIFT: Final = 0.02
MAX_BYTES: Final = 100_000

_WATCH: Final = """
window.paint = 0; window.shifted = 0;
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("largest-contentful-paint", (each) => (window.paint = each.startTime));
watch("layout-shift", (each) => (window.shifted += each.hadRecentInput ? 0 : each.value));
"""


class Visit(NamedTuple):
    """The largest content's paint in seconds, the sum of layout shifts, and the bytes of scripts and styles."""

    paint: float
    shift: float
    bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench budgets", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="visits of each view")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        subprocess.run(
            [sys.executable, "-m", "shop", "migrate"],
            cwd=folder,
            env=environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with serving(folder) as (base, _):
            views = ["/", "/products", "/c/kitchen", _first_product(base), "/cart"]
            _show(base, views, _visits(base, views, options.rounds))


def _visits(base: str, views: Sequence[str], rounds: int) -> list[Visit]:
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            env={**os.environ, **found.environment},
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        try:
            return [_summary([_visit(browser, base + view) for _ in range(rounds)]) for view in views]
        finally:
            browser.close()


def _visit(browser: Browser, address: str) -> Visit:
    context = browser.new_context(viewport=PHONE, device_scale_factor=2)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": LATENCY,
                "downloadThroughput": BYTES_PER_SECOND,
                "uploadThroughput": BYTES_PER_SECOND // 2,
            },
        )
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        own: dict[str, str] = {}
        sizes: list[int] = []

        def started(event: dict[str, Any]) -> None:
            if event["type"] in {"Script", "Stylesheet"}:
                own[event["requestId"]] = event["response"]["url"]

        def finished(event: dict[str, Any]) -> None:
            if event["requestId"] in own:
                sizes.append(int(event["encodedDataLength"]))

        session.on("Network.responseReceived", started)
        session.on("Network.loadingFinished", finished)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        paint, shift = page.evaluate("[window.paint / 1000, window.shifted]")
        return Visit(paint, shift, sum(sizes))
    finally:
        context.close()


def _summary(visits: Sequence[Visit]) -> Visit:
    """Return the median paint, and the largest shift and size."""
    paints, shifts, sizes = zip(*visits, strict=True)
    return Visit(median(paints), max(shifts), max(sizes))


def _show(base: str, views: Sequence[str], visits: Sequence[Visit]) -> None:
    table = Table(
        title=f"{LATENCY} ms, {BYTES_PER_SECOND * 8 / 1e6:.1f} Mbit/s, processor {SLOWDOWN} times slower"
    )
    for column in ("view", "largest content", "layout shift", "scripts and styles", "page", "on the server"):
        table.add_column(column, justify="left" if column == "view" else "right")
    for view, visit in zip(views, visits, strict=True):
        size, seconds = _cost(base + view)
        table.add_row(
            view,
            f"{visit.paint:.2f} s{_over(visit.paint, MAX_PAINT)}",
            f"{visit.shift:.3f}{_over(visit.shift, MAX_SHIFT)}",
            f"{visit.bytes / 1000:.0f} kB{_over(visit.bytes, MAX_BYTES)}",
            f"{size / 1000:.1f} kB",
            f"{seconds * 1000:.1f} ms",
        )
    Console().print(table)


def _over(value: float, limit: float) -> str:
    return "" if value < limit else " (above the budget)"


def _cost(address: str, times: int = 50) -> tuple[int, float]:
    """Return a page's compressed size, and the median seconds of requests for it, each on a new connection."""
    seconds, body = [], b""
    for _ in range(times):
        began = perf_counter()
        with urlopen(Request(address, headers={"Accept-Encoding": "gzip"}), timeout=30) as answer:
            body = answer.read()
        seconds.append(perf_counter() - began)
    return len(body), median(seconds)


def _first_product(base: str) -> str:
    with urlopen(f"{base}/sitemap.xml", timeout=30) as answer:
        text = answer.read().decode()
    return "/p/" + str(text.split("/p/")[1].split("</loc>")[0])


if __name__ == "__main__":
    main()
