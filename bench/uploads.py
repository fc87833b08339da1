"""Memory of a server while ten pictures of 40 megapixels are uploaded at once: `python -m bench uploads [--format …]`.

Starts `shop serve` with an embedded database in a temporary folder, uploads the pictures, and reads the process's
largest resident memory from `/proc` (Linux only).
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Final

import httpx
from PIL import Image
from rich.console import Console

WIDTH, HEIGHT = 7_300, 5_479
"""39,996,700 pixels: just within the shop's limit of 40 megapixels."""
GOAL: Final = 572
"""MiB of resident memory: 600 MB."""
_SECONDS: Final = 1_800.0
_PASSWORD: Final = "correct horse battery staple"
_COMMAND: Final = (sys.executable, "-m", "shop")
_FORMATS: Final = ("JPEG", "PROGRESSIVE", "PNG", "WEBP")
"""PROGRESSIVE is the JPEG that takes most memory: its decoder holds the whole picture, with every pixel's colors."""


def photo() -> Image.Image:
    """Return a picture of the largest size with noise."""
    tile = Image.merge("RGB", [Image.effect_noise((1_024, 1_024), 20) for _ in range(3)])
    whole = Image.new("RGB", (WIDTH, HEIGHT))
    for left in range(0, WIDTH, tile.width):
        for top in range(0, HEIGHT, tile.height):
            whole.paste(tile, (left, top))
    return whole


def cut_out() -> Image.Image:
    """Return a picture of the largest size with a soft edge, and transparent around it."""
    whole = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB")
    oval = Image.radial_gradient("L").resize((WIDTH, HEIGHT))
    whole.putalpha(oval.point(lambda value: max(0, min(255, 600 - 4 * value))))
    return whole


def files(form: str, number: int) -> list[bytes]:
    """Return `number` different files of one picture: they differ in a byte at the end, which decoders ignore."""
    file = BytesIO()
    if form == "JPEG":  # as much detail as fits into the largest upload
        photo().save(file, form, quality=62)
    elif form == "PROGRESSIVE":
        photo().save(file, "JPEG", quality=45, progressive=True, subsampling="4:4:4")
    elif form == "PNG":
        cut_out().save(file, form, compress_level=1)
    else:
        cut_out().save(file, form, lossless=True, quality=0, method=0)
    return [file.getvalue() + bytes([each]) for each in range(number)]


def largest_memory(process: int) -> float:
    """Return the largest resident memory that the process has had, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


async def upload_all(client: httpx.AsyncClient, photos: list[bytes]) -> None:
    login = {"username": "owner", "password": _PASSWORD}
    token = (await client.post("/api/auth/login", json=login)).raise_for_status().json()["accessToken"]

    async def upload(photo: bytes) -> None:
        answer = await client.post(
            "/api/admin/media",
            files={"file": ("photo.jpg", photo)},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201, answer.text

    await asyncio.gather(*map(upload, photos))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench uploads", description=__doc__)
    parser.add_argument("--pictures", type=int, default=10)
    parser.add_argument("--format", choices=_FORMATS, default="JPEG")
    options = parser.parse_args()
    console = Console()
    photos = files(options.format, options.pictures)
    size = sum(map(len, photos)) / len(photos) / 2**20
    console.print(
        f"{len(photos)} {options.format} pictures of {WIDTH} x {HEIGHT} pixels and {size:.1f} MiB each"
    )
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*_COMMAND, "create-admin", "owner", "--password-stdin"],
            cwd=folder,
            input=f"{_PASSWORD}\n{_PASSWORD}\n",
            text=True,
            check=True,
        )
        server = subprocess.Popen(
            [*_COMMAND, "serve", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip().rpartition(" ")[2]
            before, began = largest_memory(server.pid), time.perf_counter()

            async def upload() -> None:
                async with httpx.AsyncClient(base_url=address, timeout=_SECONDS) as client:
                    await upload_all(client, photos)

            asyncio.run(upload())
            seconds, after = time.perf_counter() - began, largest_memory(server.pid)
        finally:
            server.terminate()
            server.wait()
    console.print(
        f"uploaded in {seconds:.0f} s; largest resident memory {before:.0f} MiB before, {after:.0f} MiB after"
    )
    if after > GOAL:
        raise SystemExit(f"The goal of {GOAL} MiB is missed.")


if __name__ == "__main__":
    main()
