"""The transparency of large WebP files, encoded in strips.

libwebp takes 20 to 60 bytes per pixel for it; this encoder takes the memory of a strip. Each byte becomes its
difference from the byte to the left, runs of zeros become references, and both are written in Huffman codes. An `ALPH`
chunk is an image in WebP's lossless format with the alpha values as green (RFC 9649, 2.7.1.2 and 3).
"""

import heapq
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from PIL import Image, ImageChops

_ZEROS: Final = re.compile(b"\0{16,}")
_MAX_REFERENCE: Final = 4_096
"""Maximum length of a back-reference, in pixels."""
_MAX_CODE_BITS: Final = 15
_SYMBOLS: Final = 280
"""256 bytes, and 24 lengths of references."""
_SYMBOL_OF_BYTE: Final = bytes((byte - 1) % 256 for byte in range(256))
_LOSSLESS_WITH_HORIZONTAL_FILTER: Final = b"\x05"
_ALWAYS_0: Final = "1000"
_ALWAYS_1: Final = "1001"
"""Codes with a single symbol, which takes no bits."""
_HEADER: Final = f"1{'11'}{'1' * 8}{'0'}{_ALWAYS_1}{_ALWAYS_0 * 4}{'000'}"
"""A palette of 256 colors, each greener by 1 than the one before: the symbol `s` stands for the byte `s + 1`.

With a palette, decoders take 1 byte per pixel instead of 4. No other transform, no cache and one set of codes follow.
"""
_CODE_OF_LENGTHS: Final = f"0{'1111'}{'000' * 2}{'001' * 6}{'000'}{'001' * 10}{'0'}"
"""4 bits for each length of a code from 0 to 15, and none for runs of lengths."""
_OTHER_CODES: Final = _ALWAYS_0 * 3 + _ALWAYS_1
"""Red, blue and alpha are 0, and references go to the pixel to the left."""

_Node = tuple[int, int, tuple[int, ...]]
"""A part of the Huffman tree: how often its symbols occur, a unique number for ties, and its symbols."""
_Piece = tuple[bytes, int]
"""The symbols of some bytes, and the number of zeros that follow; a run's first zero is among the bytes."""


def alpha_chunk(strips: Callable[[], Iterable[Image.Image]]) -> bytes:
    """Return the content of an `ALPH` chunk. `strips` returns the plane in strips from its top, and is called twice."""
    counts = Counter((255, 256))  # at least two symbols: a single one would be written in another form
    for pieces in _pieces(strips()):
        for literals, zeros in pieces:
            counts.update(literals)
            counts.update(symbol for symbol, _ in _references(zeros))
    lengths = _code_lengths(counts)
    codes = _codes(lengths)
    chunk = bytearray(_LOSSLESS_WITH_HORIZONTAL_FILTER)
    written = [
        _HEADER,
        _CODE_OF_LENGTHS,
        *(f"{lengths.get(each, 0):04b}" for each in range(_SYMBOLS)),
        _OTHER_CODES,
    ]
    for pieces in _pieces(strips()):
        for literals, zeros in pieces:
            written += map(codes.__getitem__, literals)
            written += (codes[symbol] + rest for symbol, rest in _references(zeros))
        bits = "".join(written)
        whole = len(bits) // 8 * 8
        chunk += _packed(bits[:whole])
        written = [bits[whole:]]
    return bytes(chunk + _packed("".join(written)))


def with_alpha(file: bytes, width: int, height: int, chunk: bytes) -> bytes:
    """Return a WebP file with the pixels of this one, and with the transparency of this `ALPH` chunk."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = _chunk(b"VP8X", b"\x10\0\0\0" + size)
    return _chunk(b"RIFF", b"WEBP" + extended + _chunk(b"ALPH", chunk) + file[12:])


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _pieces(strips: Iterable[Image.Image]) -> Iterator[Iterator[_Piece]]:
    """Yield the pieces of each strip."""
    above = 0
    for strip in strips:
        yield _split(ImageChops.subtract_modulo(strip, _predicted(strip, above)).tobytes())
        above = int(strip.tobytes()[-strip.width])


def _predicted(strip: Image.Image, above: int) -> Image.Image:
    """Return the bytes to the left; at the left edge, the bytes above."""
    predicted = Image.new("L", strip.size, above)
    predicted.paste(strip, (1, 0))
    predicted.paste(strip.crop((0, 0, 1, strip.height - 1)), (0, 1))
    return predicted


def _split(differences: bytes) -> Iterator[_Piece]:
    begin = 0
    for zeros in _ZEROS.finditer(differences):
        literals = differences[begin : zeros.start() + 1]
        yield literals.translate(_SYMBOL_OF_BYTE), len(zeros[0]) - 1
        begin = zeros.end()
    yield differences[begin:].translate(_SYMBOL_OF_BYTE), 0


def _references(zeros: int) -> Iterator[tuple[int, str]]:
    """Yield back-references that repeat the pixel to the left `zeros` times, as symbols and extra bits."""
    while zeros:
        length = min(zeros, _MAX_REFERENCE)
        zeros -= length
        high = (length - 1).bit_length() - 1
        if high < 1:
            yield 256 + length - 1, ""
            continue
        second, rest = divmod(length - 1 - (1 << high), 1 << (high - 1))
        yield 256 + 2 * high + second, f"{rest:0{high - 1}b}"[::-1] if high > 1 else ""


def _code_lengths(counts: Mapping[int, int]) -> dict[int, int]:
    """Return the length in bits of each symbol's Huffman code, at most _MAX_CODE_BITS."""
    while True:
        nodes: list[_Node] = [(count, symbol, (symbol,)) for symbol, count in counts.items()]
        heapq.heapify(nodes)
        lengths = dict.fromkeys(counts, 0)
        while len(nodes) > 1:
            (rare, _, some), (common, order, others) = heapq.heappop(nodes), heapq.heappop(nodes)
            for symbol in (*some, *others):
                lengths[symbol] += 1
            heapq.heappush(nodes, (rare + common, order, (*some, *others)))
        if max(lengths.values()) <= _MAX_CODE_BITS:
            return lengths
        counts = {symbol: (count + 1) // 2 for symbol, count in counts.items()}


def _codes(lengths: Mapping[int, int]) -> dict[int, str]:
    """Return the code of each symbol. Codes are assigned by length, and by symbol among codes of equal length."""
    codes, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
        code <<= length - before
        codes[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return codes


def _packed(bits: str) -> bytes:
    """Return the bits as bytes, filling each byte from its lowest bit."""
    return int(bits[::-1] or "0", 2).to_bytes(-(-len(bits) // 8), "little")
