"""Small files that cost whoever decodes them minutes of processor time or gigabytes of memory."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache

from playground.discord_server import Upload

_SIDE = 6300
"""Within what the bot accepts: 40 million pixels."""

_LARGEST_WEBP = 1 << 14
_SCANS = 4000


@cache
def hostile_images() -> tuple[Upload, ...]:
    """One of each kind."""
    return (
        Upload("scans.jpg", jpeg_of_scans(_SCANS)),
        Upload("clear.png", plain_png(_SIDE)),
        Upload("sheet.png", plain_png(1 << 15)),
        Upload("plain.webp", plain_webp(_SIDE)),
        Upload("large.webp", plain_webp(_LARGEST_WEBP)),
    )


def jpeg_of_scans(scans: int, side: int = _SIDE) -> bytes:
    """A progressive JPEG with this many scans. Each has some eighty bytes and is read over the whole picture."""
    blocks = ((side + 7) // 8) ** 2
    quantization = _segment(0xDB, b"\0" + b"\1" * 64)
    frame = _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    # One code each, "0": no difference to the block before; a run of 16384 blocks without coefficients.
    codes = _segment(0xC4, b"\x00" + _ONE_CODE + b"\x00") + _segment(0xC4, b"\x10" + _ONE_CODE + b"\xe0")
    first = _segment(0xDA, b"\1\1\x00\0\0\0") + bytes((blocks + 7) // 8)
    runs = -(-blocks // 16384)
    further = _segment(0xDA, b"\1\1\x00\1\x3f\0") + bytes((runs * 15 + 7) // 8)
    return b"\xff\xd8" + quantization + frame + codes + first + further * scans + b"\xff\xd9"


def plain_png(side: int) -> bytes:
    """A half-transparent square of one colour."""
    packer = zlib.compressobj(1)
    line = b"\0" + b"\x10\x20\x30\x80" * side
    # Only the header of a picture that no reader accepts counts.
    lines = side if side <= _SIDE else 1
    packed = b"".join(packer.compress(line) for _ in range(lines)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def plain_webp(side: int) -> bytes:
    """A half-transparent square of one colour in some forty bytes: no pixel has a bit of its own.

    The format is that of developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification.
    """
    data = b"\x2f" + _packed(_webp_bits(side))
    data += b"\0" * (len(data) % 2)
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _webp_bits(side: int) -> Iterator[tuple[int, int]]:
    """Values and the bits that each takes."""
    yield from [(side - 1, 14), (side - 1, 14), (1, 1), (0, 3)]
    # No transforms, no cache of colours, one group of codes for the whole picture.
    yield from [(0, 1), (0, 1), (0, 1)]
    # Five codes of one symbol each: green, red, blue, alpha, distance.
    for symbol in (0x20, 0x10, 0x30, 0x80, 0):
        yield from [(1, 1), (0, 1), (1, 1), (symbol, 8)]


def _packed(fields: Iterator[tuple[int, int]]) -> bytes:
    """The fields one after the other, each from its lowest bit on."""
    value = length = 0
    for field, bits in fields:
        value |= field << length
        length += bits
    return value.to_bytes((length + 7) // 8, "little")


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_ONE_CODE = bytes([1] + [0] * 15)
