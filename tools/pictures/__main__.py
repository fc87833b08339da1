"""Renders the drawings to the WebP files that the shop serves below `/pictures/`.

    python -m tools.pictures            renders what is missing
    python -m tools.pictures --all      renders everything anew
    python -m tools.pictures --sheet F  shows all drawings side by side in a PNG file

A browser draws the vectors (`tests.chromium`), Pillow compresses them. A released picture never changes, because
browsers keep it for ever: a new drawing gets a new name.
"""

import argparse
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.chromium import chromium
from tools.pictures.palette import COLOURS, Colour, pictures

HERE: Final = Path(__file__).parent
FILES: Final = HERE.parents[1] / "src" / "shop" / "entrypoints" / "http" / "assets" / "pictures"
SIZE: Final = 640
MAX_BYTES: Final = 15_000
_QUALITIES: Final = (82, 74, 66)
"""The first quality that keeps a picture below MAX_BYTES is used."""
_DRAWING: Final = re.compile(r'<svg [^>]*class="(\w+)">(.*)</svg>', re.DOTALL)
_TABLE: Final = '<rect y="560" width="800" height="240" fill="var(--table)"/>'


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the drawings of products.")
    parser.add_argument("--all", action="store_true", help="render everything anew")
    parser.add_argument("--sheet", type=Path, help="only show all drawings in this PNG file")
    given = parser.parse_args()
    with _page() as page:
        if given.sheet is not None:
            _write_sheet(page, given.sheet)
            return
        FILES.mkdir(parents=True, exist_ok=True)
        wanted = pictures()
        for file in FILES.glob("*.webp"):
            if file.stem not in wanted:
                file.unlink()
        for name, (drawing, colour) in wanted.items():
            file = FILES / f"{name}.webp"
            if given.all or not file.exists():
                file.write_bytes(_rendered(page, drawing, colour))


def _rendered(page: Page, drawing: str, colour: Colour) -> bytes:
    page.set_content(_document(_svg(drawing, colour, SIZE)))
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for quality in _QUALITIES:
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=quality, method=6)
        if written.tell() < MAX_BYTES:
            return written.getvalue()
    raise SystemExit(f"A picture of {drawing} takes {MAX_BYTES} bytes or more.")


def _write_sheet(page: Page, file: Path) -> None:
    colours = list(COLOURS.values())
    names = sorted(each.stem for each in (HERE / "drawings").glob("*.svg"))
    cells = [
        f"<figure>{_svg(name, colours[at % len(colours)], 200)}<figcaption>{name}</figcaption></figure>"
        for at, name in enumerate(names)
    ]
    page.set_viewport_size({"width": 1520, "height": 200})
    page.set_content(_document("".join(cells)))
    page.screenshot(path=file, full_page=True)


def _svg(drawing: str, colour: Colour, size: int) -> str:
    found = _DRAWING.search((HERE / "drawings" / f"{drawing}.svg").read_text())
    assert found, drawing
    frame, shapes = found.groups()
    tones = f"--main:{colour.main};--ground:{colour.wall};--table:{colour.table}"
    table = _TABLE if frame == "stand" else ""
    return (
        f'<svg viewBox="0 0 800 800" width="{size}" height="{size}" style="{tones}">'
        f'<rect width="800" height="800" class="ground"/>{table}<g class="{frame}">{shapes}</g></svg>'
    )


def _document(content: str) -> str:
    style = (HERE / "style.css").read_text()
    sheet = (
        "body { margin: 0; font: 12px sans-serif } svg { display: block } figure { float: left; margin: 4px }"
    )
    return f"<!doctype html><style>{style}{sheet}</style>{content}"


@contextmanager
def _page() -> Iterator[Page]:
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            env={**os.environ, **found.environment},
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser.new_page(viewport={"width": SIZE, "height": SIZE})
        browser.close()


if __name__ == "__main__":
    main()
