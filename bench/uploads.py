"""Memory of a server process while ten pictures of 40 megapixels are uploaded at once: `python -m bench uploads`.

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
"""39,996,700 pixels: just within the limit."""
GOAL: Final = 600
"""MiB of resident memory."""
_SECONDS: Final = 600.0
_PASSWORD: Final = "correct horse battery staple"
_COMMAND: Final = (sys.executable, "-m", "shop")


def a_photo() -> bytes:
    """Return a JPEG of the largest size, with as much detail as fits into the largest upload."""
    tile = Image.merge("RGB", [Image.effect_noise((1_024, 1_024), 20) for _ in range(3)])
    photo = Image.new("RGB", (WIDTH, HEIGHT))
    for left in range(0, WIDTH, tile.width):
        for top in range(0, HEIGHT, tile.height):
            photo.paste(tile, (left, top))
    file = BytesIO()
    photo.save(file, "JPEG", quality=62)
    return file.getvalue()


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
    options = parser.parse_args()
    console = Console()
    photos = [a_photo() for _ in range(options.pictures)]
    size = sum(map(len, photos)) / len(photos) / 2**20
    console.print(f"{len(photos)} pictures of {WIDTH} x {HEIGHT} pixels and {size:.1f} MiB each")
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
