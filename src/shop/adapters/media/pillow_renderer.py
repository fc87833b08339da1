"""Rendering of pictures by Pillow."""

import asyncio
import ctypes
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import BinaryIO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from shop.application.ports.media import Rendering
from shop.domain.catalogue.picture import UnsupportedPicture, UnusablePicture, ensure_size, widths_of

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_QUALITY: Final = 82
_EFFORT: Final = 2
"""WebP's `method`. From 3 on, the encoder takes twice the memory and five times as long."""
_MAX_CONCURRENT: Final = 1
"""A picture of 40 megapixels takes 390 MB while it is rendered."""


class PillowRenderer:
    """See the port. Renders in one thread of its own, one picture at a time; the others wait.

    The C library keeps up to 150 MB of what a thread has freed for that thread. Ten threads would keep 1.5 GB.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(_MAX_CONCURRENT, "pictures")

    async def render(self, file: BinaryIO) -> Rendering:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _rendered_and_returned, file)


def _rendered_and_returned(file: BinaryIO) -> Rendering:
    """Render the file; before and after, return the memory that the process does not need to the system."""
    _trim_memory(0)
    try:
        return rendered(file)
    finally:
        _trim_memory(0)


def _malloc_trim() -> Callable[[int], int]:
    """Return the function of the GNU C library that returns freed memory to the system, else one that does nothing."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _: 0
    return trim


_trim_memory: Final = _malloc_trim()


def rendered(file: BinaryIO) -> Rendering:
    """Render the file in this thread. Raises as the port says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ensure_size is stricter
        try:
            with Image.open(file, formats=_FORMATS) as opened:
                ensure_size(*opened.size)
                picture = _upright(opened)
        except UnidentifiedImageError:
            raise _unidentified(file) from None
        except Image.DecompressionBombError:
            raise UnusablePicture("has too many pixels") from None
        except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, MemoryError):
            raise UnusablePicture("is broken") from None
    ensure_size(*picture.size)
    width, height = picture.size
    files = {}
    for narrower in reversed(widths_of(width)):
        if narrower != picture.width:
            picture = picture.resize(
                (narrower, max(1, round(height * narrower / width))), Image.Resampling.LANCZOS
            )
        files[narrower] = _webp(picture)
    return Rendering(width, height, files)


def _upright(opened: Image.Image) -> Image.Image:
    """Return the first frame, turned as EXIF says, in RGB or RGBA, without metadata. Copies only what it must."""
    opened.seek(0)
    opened.load()
    transparent = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
    ImageOps.exif_transpose(opened, in_place=True)
    mode = "RGBA" if transparent else "RGB"
    picture = opened if opened.mode == mode else opened.convert(mode)
    picture.info = {}
    return picture


def _webp(picture: Image.Image) -> bytes:
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=_QUALITY, method=_EFFORT)
    return encoded.getvalue()


def _unidentified(file: BinaryIO) -> UnsupportedPicture | UnusablePicture:
    """Return the error for a file that no decoder accepts: broken if it begins like a known format."""
    file.seek(0)
    start = file.read(16)
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return UnusablePicture("is broken") if is_webp or start.startswith(_SIGNATURES) else UnsupportedPicture()
