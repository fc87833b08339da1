"""Rendering takes the memory of one picture at most, however many are rendered and in whatever format."""

import platform
import subprocess
import sys

import pytest

BYTES_PER_PIXEL = 10
"""A picture of 40 megapixels then takes 400 MB, beside the 170 MB of a server."""
RENDERING = """
import asyncio, re
from io import BytesIO
from pathlib import Path
from PIL import Image
from shop.adapters.media.pillow_renderer import PillowRenderer

SIZE = 6_000, 600

def memory(kind):
    return int(re.search(kind + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

def encoded(picture, form, **options):
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()

async def render_both(renderer, content):
    await asyncio.gather(*(renderer.render(BytesIO(content)) for _ in range(2)))

async def show_peak(renderer, make, form, **options):
    await render_both(renderer, encoded(make((400, 400)), form, **options))  # loads what this format needs
    content = encoded(make(SIZE), form, **options)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here on
    before = memory("VmRSS")
    await render_both(renderer, content)
    print(form, round((memory("VmHWM") - before) / (SIZE[0] * SIZE[1]), 1))

def photo(size):
    return Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turns).resize(size) for turns in range(3)])

def printed(size):
    return photo(size).convert("CMYK")

def cut_out(size):
    picture = photo(size)
    picture.putalpha(Image.radial_gradient("L").resize(size))
    return picture

async def main():
    renderer = PillowRenderer()
    await show_peak(renderer, photo, "JPEG")
    await show_peak(renderer, printed, "JPEG")
    await show_peak(renderer, cut_out, "PNG", compress_level=1)
    await show_peak(renderer, cut_out, "WEBP", lossless=True, quality=0, method=0)

asyncio.run(main())
"""

ALLOCATING = """
import asyncio, ctypes, resource
from io import BytesIO
from PIL import Image
from shop.adapters.media.pillow_renderer import PillowRenderer

PASSWORD_DIGEST = 19 * 1024 * 1024

def page_faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = library.malloc(PASSWORD_DIGEST)
    ctypes.memset(block, 1, PASSWORD_DIGEST)
    library.free(block)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
file = BytesIO()
Image.new("RGB", (400, 400)).save(file, "PNG")
asyncio.run(PillowRenderer().render(file))
print([page_faults() for _ in range(3)][-1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pictures_of_any_format_take_the_memory_of_one() -> None:
    done = subprocess.run([sys.executable, "-c", RENDERING], capture_output=True, text=True, check=True)
    peaks = [line.split() for line in done.stdout.splitlines()]
    assert [form for form, _ in peaks] == ["JPEG", "JPEG", "PNG", "WEBP"]
    assert max(float(peak) for _, peak in peaks) < BYTES_PER_PIXEL, done.stdout


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about the GNU C library's allocator")
def test_after_a_picture_logins_reuse_their_memory() -> None:
    """Fetching 19 MB from the operating system for each password makes a login take 50% longer."""
    done = subprocess.run([sys.executable, "-c", ALLOCATING], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100, "the memory was fetched anew: a page fault per page"
