"""Opens images of strangers: pixels, scans and memory are checked before anything is decoded."""

import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import AvifImagePlugin, Image

from bot.errors import UserError
from bot.services.images.decoding.memory import reserve
from bot.services.images.formats import ImageError

MAX_SIDE = 16_000
MAX_SCANS = 100
"""Encoders write about ten scans into a progressive JPEG; each is decoded over the whole picture."""

MAX_TRANSPARENT_PIXELS = 6_000_000
"""In a converted image. Encoding transparency takes time and memory."""

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_START_OF_SCAN, _END_OF_IMAGE, _WITHOUT_LENGTH = 0xDA, 0xD9, frozenset({0x01, 0xD8})
_ORIENTATION = 0x0112
_TURNED_SIDEWAYS = frozenset({5, 6, 7, 8})

# Bytes a pixel that decoding takes beside the pixels themselves; measured, and rounded up.
_EXTRA_BYTES = {"PNG": 0.5, "JPEG": 0.5, "MPO": 0.5, "GIF": 1.0, "BMP": 4.0, "TIFF": 4.0, "WEBP": 13.0, "AVIF": 11.0}
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
_COEFFICIENT_BYTES = 2
_TRANSPARENCY_BYTES = 38
"""Bytes a pixel to encode a WEBP with transparency."""

# One thread decodes: every further one takes memory of its own.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one image may take: pixels, and bytes of memory while it is decoded."""

    pixels: int
    memory: int


INPUT = Limits(pixels=40_000_000, memory=240 * 1024**2)
"""For images from members."""

RESULT = Limits(pixels=80_000_000, memory=480 * 1024**2)
"""For images from the API, which are larger and not hostile."""


@contextmanager
def opened(data: bytes, pillow_format: str, limits: Limits, unreadable: str) -> Generator[Image.Image]:
    """The opened image, its header checked and nothing decoded yet.

    Raises ImageError when it has too many pixels or scans, and with the text `unreadable` when opening it or the body
    of the `with` block fails.
    """
    if pillow_format == "JPEG" and _scans(data) > MAX_SCANS:
        raise ImageError("The image has too many scans. Save it again as an ordinary JPEG or PNG.")
    try:
        with _no_more_pixels_than(limits.pixels), Image.open(BytesIO(data), formats=(pillow_format,)) as image:
            _check_size(image, limits.pixels)
            yield image
    except (UserError, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(_too_large(limits.pixels)) from None
    except Exception as error:
        # On hostile bytes decoders raise almost anything: OSError, SyntaxError, struct.error, zlib.error …
        raise ImageError(unreadable) from error


def reserve_memory(image: Image.Image, limits: Limits, made_pixels: int = 0) -> None:
    """Wait until there is memory to decode the image, and to make another one of `made_pixels` of it.

    Raises ImageError when that is more than the limits allow.
    """
    pixels = image.width * image.height
    decoded = _PIXEL_BYTES.get(image.mode, 4)
    decoding = decoded + _EXTRA_BYTES[image.format or ""] + _coefficient_bytes(image)
    made = min(made_pixels, pixels)
    encoding = min(made, MAX_TRANSPARENT_PIXELS) * _TRANSPARENCY_BYTES if _says_transparent(image) else 0
    needed = max(pixels * decoding, pixels * decoded + made * 4, encoding)
    if needed > limits.memory:
        raise ImageError(
            f"The image has too many pixels for a {image.format}: "
            f"{limits.memory * pixels // needed // 1_000_000:.0f} million are the most. Use a smaller one."
        )
    reserve(int(needed))


def _says_transparent(image: Image.Image) -> bool:
    """Whether the image has transparency, as far as its header says."""
    return "transparency" in image.info or not {"A", "a"}.isdisjoint(image.getbands())


def load(image: Image.Image) -> None:
    """Decode the image, and let go of what its decoder keeps as long as the image lives."""
    image.load()
    for kept in ("_decoder", "fp"):
        if getattr(image, kept, None) is not None:
            setattr(image, kept, None)


def _coefficient_bytes(image: Image.Image) -> float:
    """Bytes a pixel for what a progressive JPEG keeps between its scans."""
    if image.format not in {"JPEG", "MPO"} or not image.info.get("progressive"):
        return 0
    return _COEFFICIENT_BYTES * len(image.getbands())


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels or max(image.size) > MAX_SIDE:
        raise ImageError(_too_large(max_pixels))


@contextmanager
def _no_more_pixels_than(most: int) -> Generator[None]:
    """Let Pillow itself refuse images with more pixels: it allocates memory for some formats when it opens them."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, most // 2
    try:
        with warnings.catch_warnings():
            # Pillow warns from half of what it refuses.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _too_large(max_pixels: int) -> str:
    return (
        f"The picture has too many pixels: {max_pixels // 1_000_000} million, and {MAX_SIDE} on a side, are the most. "
        "Use a smaller one."
    )


def _scans(data: bytes) -> int:
    """The number of scans in a JPEG, counted no further than one too many."""
    count, position = 0, 0
    while count <= MAX_SCANS and (marker := _MARKER.search(data, position)) is not None:
        position, code = marker.end(), data[marker.end() - 1]
        if code == _END_OF_IMAGE:
            break
        count += code == _START_OF_SCAN
        if code not in _WITHOUT_LENGTH:
            position += int.from_bytes(data[position : position + 2], "big")
    return count


def orientation(image: Image.Image) -> int:
    """How the image has to be turned, as EXIF counts it: 1 is not at all."""
    if image.format == "PNG" and "exif" not in image.info:
        # Pillow would decode the whole image to look for it behind the pixels.
        return 1
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def displayed_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels, after the rotation that its EXIF data asks for."""
    return (image.height, image.width) if orientation(image) in _TURNED_SIDEWAYS else (image.width, image.height)
