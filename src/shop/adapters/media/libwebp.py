"""libwebp as Pillow ships it, called directly, because Pillow's own calls hold several copies of a picture.

Pillow encodes with 9.5 bytes per pixel, and decodes with up to 16. Here, encoding takes 1.5 (with transparency 2.5) and
begins after the picture is released, and decoding takes 4, or 8 if the file is lossless.
"""

import ctypes
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from ctypes import Structure, byref, c_char_p, c_float, c_int, c_size_t, c_ubyte, c_uint32, c_void_p
from functools import cache
from typing import Any, ClassVar, Final

from PIL import Image, _webp

ROWS: Final = 128
"""Rows converted at a time. Even, because two rows of pixels share a row of chroma."""
_ENCODER_ABI: Final = 0x020F
_DEMUX_ABI: Final = 0x0107
"""The versions of the structures below. libwebp refuses another major version (the high byte)."""
_WITHOUT_ALPHA: Final = 0
_WITH_ALPHA: Final = 4
_FUNCTIONS: Final = {
    "WebPConfigInitInternal": (c_void_p, c_int, c_float, c_int),
    "WebPPictureInitInternal": (c_void_p, c_int),
    "WebPPictureAlloc": (c_void_p,),
    "WebPPictureImportRGBA": (c_void_p, c_void_p, c_int),
    "WebPPictureImportRGBX": (c_void_p, c_void_p, c_int),
    "WebPCleanupTransparentArea": (c_void_p,),
    "WebPPictureFree": (c_void_p,),
    "WebPEncode": (c_void_p, c_void_p),
    "WebPMemoryWriterInit": (c_void_p,),
    "WebPMemoryWrite": (c_void_p, c_size_t, c_void_p),
    "WebPMemoryWriterClear": (c_void_p,),
    "WebPDecodeRGBAInto": (c_void_p, c_size_t, c_void_p, c_size_t, c_int),
    "WebPDemuxInternal": (c_void_p, c_int, c_void_p, c_int),
    "WebPDemuxGetFrame": (c_void_p, c_int, c_void_p),
    "WebPDemuxReleaseIterator": (c_void_p,),
    "WebPDemuxDelete": (c_void_p,),
}
_POINTERS: Final = ("WebPDecodeRGBAInto", "WebPDemuxInternal")


class _Config(Structure):
    """WebPConfig."""

    _fields_: ClassVar = [
        ("lossless", c_int),
        ("quality", c_float),
        ("method", c_int),
        ("others", c_int * 26),
    ]


class _Picture(Structure):
    """WebPPicture."""

    _fields_: ClassVar = [
        ("use_argb", c_int),
        ("colorspace", c_int),
        ("width", c_int),
        ("height", c_int),
        ("y", c_void_p),
        ("u", c_void_p),
        ("v", c_void_p),
        ("y_stride", c_int),
        ("uv_stride", c_int),
        ("a", c_void_p),
        ("a_stride", c_int),
        ("pad1", c_uint32 * 2),
        ("argb", c_void_p),
        ("argb_stride", c_int),
        ("pad2", c_uint32 * 3),
        ("writer", c_void_p),
        ("custom_ptr", c_void_p),
        ("extra_info_type", c_int),
        ("extra_info", c_void_p),
        ("stats", c_void_p),
        ("error_code", c_int),
        ("progress_hook", c_void_p),
        ("user_data", c_void_p),
        ("pad3", c_uint32 * 3),
        ("pad4", c_void_p * 2),
        ("pad6", c_uint32 * 8),
        ("memory", c_void_p * 4),
    ]


class _MemoryWriter(Structure):
    """WebPMemoryWriter."""

    _fields_: ClassVar = [("mem", c_void_p), ("size", c_size_t), ("max_size", c_size_t), ("pad", c_uint32)]


class _Data(Structure):
    """WebPData."""

    _fields_: ClassVar = [("bytes", c_void_p), ("size", c_size_t)]


class _Frame(Structure):
    """WebPIterator."""

    _fields_: ClassVar = [
        ("frame_num", c_int),
        ("num_frames", c_int),
        ("x_offset", c_int),
        ("y_offset", c_int),
        ("width", c_int),
        ("height", c_int),
        ("duration", c_int),
        ("dispose_method", c_int),
        ("complete", c_int),
        ("fragment", _Data),
        ("has_alpha", c_int),
        ("blend_method", c_int),
        ("pad", c_uint32 * 2),
        ("private", c_void_p),
    ]


@cache
def _library() -> Any:
    """Return the libwebp that Pillow's module is linked with; None if it does not export its functions."""
    try:
        library = ctypes.CDLL(_webp.__file__)
        for name, arguments in _FUNCTIONS.items():
            function = getattr(library, name)
            function.argtypes = arguments
            function.restype = c_void_p if name in _POINTERS else c_int
        with _allocated(library, 2, 2, _WITH_ALPHA):
            return library
    except (AttributeError, OSError, TypeError, MemoryError):
        return None


def is_available() -> bool:
    """Return whether libwebp can be called directly: False if Pillow links it statically."""
    return _library() is not None


def decoded(file: bytes, width: int, height: int) -> Image.Image:
    """Return the first frame of a WebP file of this size, as RGBA or, without transparency, RGBX.

    Raises ValueError if the file is broken.
    """
    library = _library()
    source = _Data(ctypes.cast(c_char_p(file), c_void_p), len(file))
    demuxer = library.WebPDemuxInternal(byref(source), 0, None, _DEMUX_ABI)
    if not demuxer:
        raise ValueError
    frame = _Frame()
    try:
        if not library.WebPDemuxGetFrame(demuxer, 1, byref(frame)):
            raise ValueError
        inside = frame.x_offset + frame.width <= width and frame.y_offset + frame.height <= height
        if not (inside and frame.complete):
            raise ValueError
        pixels, stride = bytearray(4 * width * height), 4 * width
        start = frame.y_offset * stride + 4 * frame.x_offset
        target = (c_ubyte * (len(pixels) - start)).from_buffer(pixels, start)
        if not library.WebPDecodeRGBAInto(
            frame.fragment.bytes, frame.fragment.size, target, len(target), stride
        ):
            raise ValueError
        is_whole = (frame.width, frame.height) == (width, height)
        mode = "RGBX" if is_whole and not frame.has_alpha else "RGBA"
        return Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)
    finally:
        library.WebPDemuxReleaseIterator(byref(frame))
        library.WebPDemuxDelete(demuxer)


class Planes:
    """A picture as libwebp encodes it: a luma plane, two chroma planes, and for transparency an alpha plane.

    The chroma planes have half the width and height. Call `close` to free the planes, which are
    memory of the C library.
    """

    def __init__(self, picture: Image.Image) -> None:
        """Convert a picture, which the caller may release afterwards. Its mode is RGB, RGBX or RGBA."""
        self.width, self.height = picture.size
        self.has_alpha = False
        self._colorspace = _WITH_ALPHA if picture.mode == "RGBA" else _WITHOUT_ALPHA
        self._library = _library()
        with ExitStack() as memory:
            self._planes = memory.enter_context(self._allocated(self.width, self.height))
            for top in range(0, self.height, ROWS):
                self._convert(picture.crop((0, top, self.width, min(top + ROWS, self.height))), top)
            if self.has_alpha:
                self._library.WebPCleanupTransparentArea(byref(self._planes))
            self._memory = memory.pop_all()

    def close(self) -> None:
        self._memory.close()

    def alpha(self) -> Iterator[Image.Image]:
        """Yield the alpha plane in strips of at most ROWS rows, from the top."""
        stride = self._planes.a_stride
        for top in range(0, self.height, ROWS):
            size = (self.width, min(ROWS, self.height - top))
            rows = ctypes.string_at(self._planes.a + top * stride, stride * size[1])
            yield Image.frombuffer("L", size, rows, "raw", "L", stride, 1)

    def encoded(self, quality: int, method: int, *, with_alpha: bool) -> bytes:
        """Return a WebP file of the picture. Raises ValueError if libwebp fails."""
        config, planes, writer = _Config(), self._planes, _MemoryWriter()
        self._library.WebPConfigInitInternal(byref(config), 0, quality, _ENCODER_ABI)
        config.method = method
        self._library.WebPMemoryWriterInit(byref(writer))
        planes.writer = ctypes.cast(self._library.WebPMemoryWrite, c_void_p)
        planes.custom_ptr = ctypes.addressof(writer)
        alpha = planes.a
        try:
            if not with_alpha:
                planes.colorspace, planes.a = _WITHOUT_ALPHA, None
            if not self._library.WebPEncode(byref(config), byref(planes)):
                raise ValueError(f"libwebp fails with error {planes.error_code}")
            return ctypes.string_at(writer.mem, writer.size)
        finally:
            planes.colorspace, planes.a = self._colorspace, alpha
            self._library.WebPMemoryWriterClear(byref(writer))

    def _allocated(self, width: int, height: int) -> AbstractContextManager[_Picture]:
        return _allocated(self._library, width, height, self._colorspace)

    def _convert(self, strip: Image.Image, top: int) -> None:
        pixels = strip.tobytes("raw", "RGBX" if strip.mode == "RGB" else strip.mode)
        library = self._library
        convert = library.WebPPictureImportRGBA if self._colorspace else library.WebPPictureImportRGBX
        with self._allocated(*strip.size) as part:
            if not convert(byref(part), pixels, 4 * self.width):
                raise MemoryError
            chroma_rows = (strip.height + 1) // 2
            self._copy(part, "y", part.y_stride, top, strip.height)
            self._copy(part, "u", part.uv_stride, top // 2, chroma_rows)
            self._copy(part, "v", part.uv_stride, top // 2, chroma_rows)
            if part.colorspace == _WITH_ALPHA:
                self._copy(part, "a", part.a_stride, top, strip.height)
                self.has_alpha = True
            elif self._colorspace:  # libwebp leaves out the transparency of an opaque strip
                stride = self._planes.a_stride
                ctypes.memset(self._planes.a + top * stride, 255, stride * strip.height)

    def _copy(self, part: _Picture, plane: str, stride: int, top: int, rows: int) -> None:
        ctypes.memmove(getattr(self._planes, plane) + top * stride, getattr(part, plane), rows * stride)


@contextmanager
def _allocated(library: Any, width: int, height: int, colorspace: int) -> Iterator[_Picture]:
    picture = _Picture()
    if not library.WebPPictureInitInternal(byref(picture), _ENCODER_ABI):
        raise OSError
    picture.width, picture.height, picture.colorspace = width, height, colorspace
    try:
        if not library.WebPPictureAlloc(byref(picture)):
            raise MemoryError
        yield picture
    finally:
        library.WebPPictureFree(byref(picture))
