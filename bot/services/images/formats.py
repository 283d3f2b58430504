"""Pictures as bytes: their format, and how they are made small enough for an upload.

All functions are CPU-bound; call them in a thread.
"""

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO

from PIL import Image, ImageOps

from bot.errors import UserError

MAX_RESULT_PIXELS = 80_000_000
MAX_SIDE = 16_000
_QUALITIES = (92, 85, 76)
_SMALLEST_SIDE = 64


class ImageKind(StrEnum):
    """The formats that the image API reads; the value is the file extension."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"


class ImageError(UserError):
    """The picture can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video ready for upload; width and height in pixels after rotation, 0 for a video."""

    data: bytes = field(repr=False)
    filename: str
    width: int = 0
    height: int = 0


def usable_formats() -> list[str]:
    """The names of the formats; raises OSError, ImportError or KeyError when Pillow lacks one."""
    for kind in ImageKind:
        buffer = BytesIO()
        Image.new("RGB", (2, 2)).save(buffer, kind.name)
        with Image.open(BytesIO(buffer.getvalue()), formats=(kind.name,)) as image:
            image.load()
    return [kind.name for kind in ImageKind]


def sniff(data: bytes) -> ImageKind | None:
    """The format, by the first bytes; None when it is unknown."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return ImageKind.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageKind.WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return ImageKind.GIF
    return None


def fit_for_upload(data: bytes, max_bytes: int) -> Upload:
    """The picture in at most `max_bytes`: unchanged when it fits, else encoded again and shrunk if needed.

    Raises ImageError when the bytes are no picture, or can't be made small enough.
    """
    kind = sniff(data)
    unreadable = "The picture that came back can't be read. Try again."
    if kind is None:
        raise ImageError(unreadable)
    with opened(data, kind.name, MAX_RESULT_PIXELS, unreadable) as image:
        if len(data) <= max_bytes:
            return Upload(data, f"picture.{kind}", *displayed_size(image))
        unfit = "The picture is too large to be shown here. Open the original instead."
        return encoded_within(upright(image), max_bytes, unfit)


@contextmanager
def opened(data: bytes, pillow_format: str, max_pixels: int, unreadable: str) -> Generator[Image.Image]:
    """The opened picture, its size checked before decoding.

    Raises ImageError when it has too many pixels, and with the text `unreadable` when opening it or the body of
    the `with` block fails.
    """
    try:
        with Image.open(BytesIO(data), formats=(pillow_format,)) as image:
            _check_size(image.width, image.height, max_pixels)
            yield image
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(_too_large(max_pixels)) from None
    except Exception as error:
        # On hostile bytes decoders raise almost anything: OSError, SyntaxError, struct.error, zlib.error …
        raise ImageError(unreadable) from error


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise ImageError(_too_large(max_pixels))


def _too_large(max_pixels: int) -> str:
    return (
        f"The picture has too many pixels: {max_pixels // 1_000_000} million, and {MAX_SIDE} on a side, are the most. "
        "Use a smaller one."
    )


def displayed_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels, after the rotation that its EXIF data asks for."""
    turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if turned else (image.width, image.height)


def upright(image: Image.Image) -> Image.Image:
    """The picture after its EXIF rotation, in RGB, or in RGBA when it has transparency. Decodes it."""
    turned = ImageOps.exif_transpose(image)
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    clear = turned.convert("RGBA")
    return clear.convert("RGB") if clear.getchannel("A").getextrema() == (255, 255) else clear


def encoded_within(image: Image.Image, max_bytes: int, unfit: str) -> Upload:
    """The picture in lower quality, then in smaller sizes, until it fits. Raises ImageError with the text `unfit`."""
    while True:
        size = 0
        for quality in _QUALITIES:
            data, filename = _encode(image, quality)
            if len(data) <= max_bytes:
                return Upload(data, filename, image.width, image.height)
            size = len(data)
        factor = min(0.9 * math.sqrt(max(max_bytes, 0) / size), 0.75)
        if min(image.size) * factor < _SMALLEST_SIDE:
            raise ImageError(unfit)
        image = ImageOps.scale(image, factor, Image.Resampling.LANCZOS)


def _encode(image: Image.Image, quality: int) -> tuple[bytes, str]:
    # JPEG is much faster than WEBP on large pictures, but has no transparency.
    kind = ImageKind.WEBP if image.mode == "RGBA" else ImageKind.JPEG
    target = BytesIO()
    image.save(target, "WEBP" if kind is ImageKind.WEBP else "JPEG", quality=quality)
    return target.getvalue(), f"picture.{kind}"
