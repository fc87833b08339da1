"""The memory of rendering: as much as one picture takes, however many there are."""

import subprocess
import sys

import pytest

RENDERING = """
import asyncio, re
from io import BytesIO
from pathlib import Path
from PIL import Image
from shop.adapters.media.pillow_renderer import PillowRenderer

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

async def render(renderer, content):
    await renderer.render(BytesIO(content))

async def main():
    file, renderer = BytesIO(), PillowRenderer()
    Image.effect_noise((2_000, 3_000), 20).convert("RGB").save(file, "JPEG", quality=30)
    await render(renderer, file.getvalue())
    before = peak()
    await asyncio.gather(*(render(renderer, file.getvalue()) for _ in range(8)))
    print(peak() - before)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_eight_pictures_at_once_take_the_memory_of_one() -> None:
    done = subprocess.run([sys.executable, "-c", RENDERING], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50
