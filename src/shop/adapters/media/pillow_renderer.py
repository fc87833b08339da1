"""Rendering of pictures by Pillow."""

import asyncio
import ctypes
import warnings
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
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK: Final = 1024 * 1024


class PillowRenderer:
    """See the port. Renders in one thread of its own, one picture at a time; the others wait.

    By default, the GNU C library keeps up to 150 MB of what each thread has freed, for that thread.
    """

    def __init__(self) -> None:
        _return_large_blocks()
        self._thread = ThreadPoolExecutor(_MAX_CONCURRENT, "pictures")

    async def render(self, file: BinaryIO) -> Rendering:
        return await asyncio.get_running_loop().run_in_executor(self._thread, rendered, file)


def _return_large_blocks() -> None:
    """Let this process return freed blocks of memory from 1 MiB on to the system, where the GNU C library is used."""
    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
    except (AttributeError, OSError, TypeError):
        return


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
