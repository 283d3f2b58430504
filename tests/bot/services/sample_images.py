"""Generated pictures for tests."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A picture of colour noise, which does not compress well in any format."""
    noise = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in "rgb"]).convert(mode)
    target = BytesIO()
    noise.save(target, kind, **options)
    return target.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG header with this size and almost no data, like a decompression bomb."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    chunks = (
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in (*parts, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def moving(kind: str, size: tuple[int, int] = (48, 48)) -> bytes:
    """An animation of three frames: red, green, blue."""
    frames = [Image.new("RGB", size, color) for color in ("red", "green", "blue")]
    target = BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], duration=100)
    return target.getvalue()
