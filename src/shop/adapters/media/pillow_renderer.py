"""Rendering of pictures by Pillow."""

import asyncio
import ctypes
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from io import BytesIO
from math import ceil, floor
from typing import BinaryIO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from shop.adapters.media import libwebp
from shop.adapters.media.webp_alpha import alpha_chunk, with_alpha
from shop.application.ports.media import Rendering
from shop.domain.catalogue.picture import UnsupportedPicture, UnusablePicture, ensure_size, widths_of

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_SIGNATURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_QUALITY: Final = 82
_EFFORT: Final = 2
"""WebP's `method`. From 3 on, the encoder takes twice the memory and five times as long."""
MAX_ALPHA: Final = 3_000_000
"""Maximum number of pixels whose transparency libwebp encodes: it takes up to 60 bytes per pixel for that."""
_MAX_CONCURRENT: Final = 1
"""A picture of 40 megapixels takes 320 MB while it is rendered: 8 bytes per pixel."""
_LANCZOS_ROWS: Final = 3
"""Rows above and below that contribute to a resized row, counted in rows of the smaller picture."""
_STRIP_ROWS: Final = 64
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK: Final = 1024 * 1024
_USUAL_LARGE_BLOCK: Final = 32 * 1024 * 1024
"""The GNU C library raises its threshold up to this by itself, and the one for trimming up to twice as much."""


class PillowRenderer:
    """See the port. Renders in one thread of its own, one picture at a time; the others wait.

    By default, the GNU C library keeps up to 150 MB of freed memory for each thread (see `mallopt(3)`).
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(_MAX_CONCURRENT, "pictures")

    async def render(self, file: BinaryIO) -> Rendering:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, _rendered_in_little_memory, file
        )


def _rendered_in_little_memory(file: BinaryIO) -> Rendering:
    """Render the file. Until it is done, all memory that is freed goes back to the operating system.

    At other times it does not: every login would fetch the 19 MB for its password's digest anew, which takes it half as
    long again.
    """
    _keep_freed_blocks_below(_LARGE_BLOCK)
    _tell_allocator("malloc_trim", 0)
    try:
        return rendered(file)
    finally:
        _keep_freed_blocks_below(_USUAL_LARGE_BLOCK)


def _keep_freed_blocks_below(size: int) -> None:
    _tell_allocator("mallopt", _M_MMAP_THRESHOLD, size)
    _tell_allocator("mallopt", _M_TRIM_THRESHOLD, 2 * size)


def _tell_allocator(call: str, *arguments: int) -> None:
    """Call this function of the GNU C library's allocator, if that is in use."""
    try:
        getattr(ctypes.CDLL(None), call)(*arguments)
    except (AttributeError, OSError, TypeError):
        return


def rendered(file: BinaryIO, *, max_alpha: int = MAX_ALPHA) -> Rendering:
    """Render the file in this thread. Raises as the port says.

    libwebp encodes the transparency of pictures of up to `max_alpha` pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ensure_size is stricter
        try:
            picture = _upright(file)
        except UnidentifiedImageError:
            raise _unidentified(file) from None
        except Image.DecompressionBombError:
            raise UnusablePicture("has too many pixels") from None
        except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, MemoryError):
            raise UnusablePicture("is broken") from None
    ensure_size(*picture.size)
    width, height = picture.size
    files = _narrower(picture, max_alpha)
    encoded = _encoder(picture, max_alpha)
    del picture  # before it is encoded
    return Rendering(width, height, {width: encoded(), **files})


def _upright(file: BinaryIO) -> Image.Image:
    """Return the first frame in RGB, RGBX or RGBA, turned as EXIF says, without metadata. Avoids copies."""
    with Image.open(file, formats=_FORMATS) as opened:
        ensure_size(*opened.size)
        picture = _first_frame(opened, file)
    del opened
    transparent = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    ImageOps.exif_transpose(picture, in_place=True)
    mode = "RGBA" if transparent else "RGB"
    if picture.mode not in (mode, "RGBX"):
        picture = picture.convert(mode)
    picture.info = {}
    return picture


def _first_frame(opened: Image.Image, file: BinaryIO) -> Image.Image:
    if opened.format == "WEBP" and libwebp.is_available():
        file.seek(0)
        picture = libwebp.decoded(file.read(), *opened.size)
        picture.info = opened.info
        return picture
    opened.seek(0)
    opened.load()
    return opened


def _narrower(picture: Image.Image, max_alpha: int) -> dict[int, bytes]:
    """Return the files of the smaller widths."""
    width, height = picture.size
    files = {}
    for narrower in reversed(widths_of(width)[:-1]):
        size = narrower, max(1, round(height * narrower / width))
        picture = _resized(picture, size)
        files[narrower] = _encoder(picture, max_alpha)()
    return files


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture at another size. A transparent one is resized in strips: Pillow copies its input."""
    if picture.mode != "RGBA":
        return picture.resize(size, Image.Resampling.LANCZOS)
    resized, scale = Image.new("RGBA", size), picture.height / size[1]
    margin = ceil(_LANCZOS_ROWS * max(scale, 1)) + 1
    for top in range(0, size[1], _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, size[1])
        first = max(0, floor(top * scale) - margin)
        last = min(picture.height, ceil(bottom * scale) + margin)
        part = picture.crop((0, first, picture.width, last))
        box = (0, top * scale - first, picture.width, min(bottom * scale - first, part.height))
        resized.paste(part.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return resized


def _encoder(picture: Image.Image, max_alpha: int) -> Callable[[], bytes]:
    """Return a function that encodes the picture. With libwebp, it does not keep the picture itself."""
    if libwebp.is_available():
        return partial(_encoded, libwebp.Planes(picture), max_alpha)
    return partial(_encoded_by_pillow, picture)


def _encoded(planes: libwebp.Planes, max_alpha: int) -> bytes:
    with closing(planes):
        is_large = planes.width * planes.height > max_alpha
        file = planes.encoded(_QUALITY, _EFFORT, with_alpha=planes.has_alpha and not is_large)
        if not (planes.has_alpha and is_large):
            return file
        chunk = alpha_chunk(planes.alpha)
        return with_alpha(file, planes.width, planes.height, chunk)


def _encoded_by_pillow(picture: Image.Image) -> bytes:
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=_QUALITY, method=_EFFORT)
    return encoded.getvalue()


def _unidentified(file: BinaryIO) -> UnsupportedPicture | UnusablePicture:
    """Return the error for a file that no decoder accepts: broken if it begins like a known format."""
    file.seek(0)
    start = file.read(16)
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return UnusablePicture("is broken") if is_webp or start.startswith(_SIGNATURES) else UnsupportedPicture()
