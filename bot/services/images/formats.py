"""Pictures as bytes: what they are, and how they fit where they go.

Everything here computes; call it from a thread.
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
    """The kinds of picture the image API reads; the value is the file name's ending."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"


class ImageError(UserError):
    """The bytes are no picture that can be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video ready to be uploaded; width and height are in pixels as it is seen, 0 for a video."""

    data: bytes = field(repr=False)
    filename: str
    width: int = 0
    height: int = 0


def sniff(data: bytes) -> ImageKind | None:
    """The kind of picture by its first bytes; None when they begin no picture known here."""
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
    """The picture in at most `max_bytes`: untouched when small enough, else encoded anew, and shrunk if need be.

    Raises PictureError when the bytes are no picture, or none that can be made small enough.
    """
    kind = sniff(data)
    unreadable = "The picture that came back can't be read. Try again."
    if kind is None:
        raise ImageError(unreadable)
    with opened(data, kind.name, MAX_RESULT_PIXELS, unreadable) as image:
        if len(data) <= max_bytes:
            return Upload(data, f"picture.{kind}", *seen_size(image))
        unfit = "The picture is too large to be shown here. Open the original instead."
        return encoded_within(upright(image), max_bytes, unfit)


@contextmanager
def opened(data: bytes, pillow_format: str, max_pixels: int, unreadable: str) -> Generator[Image.Image]:
    """The picture, its size judged before anything is decoded.

    Raises PictureError when it has too many pixels, and with the sentence `unreadable` when opening it, or anything
    done within, fails.
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
        # Decoders meet hostile bytes here and raise almost anything: OSError, SyntaxError, struct.error, zlib.error …
        raise ImageError(unreadable) from error


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise ImageError(_too_large(max_pixels))


def _too_large(max_pixels: int) -> str:
    return (
        f"The picture has too many pixels: {max_pixels // 1_000_000} million, and {MAX_SIDE} on a side, are the most. "
        "Use a smaller one."
    )


def seen_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as the picture is seen: a camera may have been turned."""
    turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if turned else (image.width, image.height)


def upright(image: Image.Image) -> Image.Image:
    """The picture as it is seen, in RGB, or in RGBA when something shines through. Decodes it."""
    turned = ImageOps.exif_transpose(image)
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    clear = turned.convert("RGBA")
    return clear.convert("RGB") if clear.getchannel("A").getextrema() == (255, 255) else clear


def encoded_within(image: Image.Image, max_bytes: int, unfit: str) -> Upload:
    """Lower qualities first, then smaller sizes, until the bytes fit. Raises PictureError with the sentence `unfit`."""
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
    # JPEG takes a fraction of the time of WEBP on large pictures, but knows no transparency.
    kind = ImageKind.WEBP if image.mode == "RGBA" else ImageKind.JPEG
    target = BytesIO()
    image.save(target, "WEBP" if kind is ImageKind.WEBP else "JPEG", quality=quality)
    return target.getvalue(), f"picture.{kind}"
