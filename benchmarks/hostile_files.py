"""Small files that cost whoever decodes them a great deal of time or memory."""

import struct
import zlib
from io import BytesIO

from PIL import Image

_SIDE = 6300
"""Just below the limit on pixels."""


def scan_bomb(scans: int, side: int = _SIDE) -> bytes:
    """A progressive JPEG with this many scans of about 80 bytes, each of which is decoded over the whole picture."""
    blocks = ((side + 7) // 8) ** 2
    codes = -(-blocks // 16384)
    scan = _segment(0xDA, b"\1\1\x00\1\x3f\0") + bytes((codes * 15 + 7) // 8)
    parts = [
        b"\xff\xd8",
        _segment(0xDB, b"\0" + b"\1" * 64),
        _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"),
        # One code of one bit each: an empty block, and a run of 16384 empty blocks.
        _segment(0xC4, b"\x00" + bytes([1] + [0] * 15) + b"\x00"),
        _segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\xe0"),
        _segment(0xDA, b"\1\1\x00\0\0\0") + bytes((blocks + 7) // 8),
        scan * scans,
        b"\xff\xd9",
    ]
    return b"".join(parts)


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def even_webp(side: int = _SIDE, shade: int = 9) -> bytes:
    """A WEBP of one half-transparent colour, below a kilobyte."""
    target = BytesIO()
    Image.new("RGBA", (side, side), (shade, 9, 9, 128)).save(target, "WEBP", lossless=True, method=0)
    return target.getvalue()


def even_png(side: int = _SIDE, shade: int = 9) -> bytes:
    """An RGBA PNG of one half-transparent colour, some hundred kilobytes long."""
    pack = zlib.compressobj(1)
    line = b"\0" + bytes((shade, 9, 9, 128)) * side
    body = b"".join(pack.compress(line) for _ in range(side)) + pack.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, body, b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def slow_bmp(side: int = _SIDE, shade: int = 9) -> bytes:
    """A BMP of lines of one pixel, 25 kilobytes long: Pillow fills up each line pixel by pixel, in Python."""
    pixels = (bytes((1, shade)) + b"\0\0") * side + b"\0\1"
    offset = 14 + 40 + 4 * 256
    info = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(pixels), 2835, 2835, 256, 0)
    palette = b"".join(bytes((each, each, each, 0)) for each in range(256))
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + palette + pixels
