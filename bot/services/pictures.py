"""Pictures as bytes: what they are, whether they may be used, and how they fit where they go.

Everything here computes; call it from a thread.
"""

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO

from PIL import Image, ImageOps

from bot.errors import UserError
from bot.services.prompt.errors import quoted

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 40_000_000
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


class PictureError(UserError):
    """The bytes are no picture that can be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture ready to be uploaded; width and height are in pixels as it is seen."""

    data: bytes
    filename: str
    width: int
    height: int


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


def check_image_prompt(data: bytes, name: str) -> None:
    """Return when the file can serve as an image prompt. Raises PictureError with the reason.

    `name` is only repeated in the sentence. The size in pixels is read and judged before anything is decoded.
    """
    if not data:
        raise PictureError(f"{quoted(name)} is empty. Attach a picture.")
    if len(data) > MAX_IMAGE_BYTES:
        size, most = math.ceil(len(data) / 1024**2), MAX_IMAGE_BYTES // 1024**2
        raise PictureError(f"{quoted(name)} has {size} MB; {most} MB is the most. Attach a smaller copy.")
    kind = sniff(data)
    if kind is None:
        raise PictureError(f"{quoted(name)} is not a picture. Attach a PNG, JPEG, WEBP or GIF.")
    damaged = f"{quoted(name)} is damaged and can't be read. Save it again or attach another picture."
    with opened(data, kind, MAX_IMAGE_PIXELS, damaged) as image:
        if getattr(image, "is_animated", False):
            raise PictureError(f"{quoted(name)} moves. Attach a still picture.")
        _decode(image, kind)


def fit_for_upload(data: bytes, max_bytes: int) -> Upload:
    """The picture in at most `max_bytes`: untouched when small enough, else encoded anew, and shrunk if need be.

    Raises PictureError when the bytes are no picture, or none that can be made small enough.
    """
    kind = sniff(data)
    unreadable = "The picture that came back can't be read. Try again."
    if kind is None:
        raise PictureError(unreadable)
    with opened(data, kind, MAX_RESULT_PIXELS, unreadable) as image:
        if len(data) <= max_bytes:
            return Upload(data, f"picture.{kind}", *_seen_size(image))
        return _encoded_within(_upright(image), max_bytes)


@contextmanager
def opened(data: bytes, kind: ImageKind, max_pixels: int, unreadable: str) -> Generator[Image.Image]:
    """The picture, its size judged before anything is decoded.

    Raises PictureError when it has too many pixels, and with the sentence `unreadable` when decoding fails inside
    the `with` block.
    """
    try:
        with Image.open(BytesIO(data), formats=("JPEG" if kind is ImageKind.JPEG else kind.name,)) as image:
            _check_size(image.width, image.height, max_pixels)
            yield image
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_large(max_pixels)) from None
    except Exception as error:
        # Decoders meet hostile bytes here and raise almost anything: OSError, SyntaxError, struct.error, zlib.error …
        raise PictureError(unreadable) from error


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise PictureError(_too_large(max_pixels))


def _too_large(max_pixels: int) -> str:
    return (
        f"The picture has too many pixels: {max_pixels // 1_000_000} million, and {MAX_SIDE} on a side, are the most. "
        "Use a smaller one."
    )


def _decode(image: Image.Image, kind: ImageKind) -> None:
    """Read the whole file, with as little memory as its kind allows. Raises when it is damaged."""
    if kind is ImageKind.PNG:
        image.verify()
    else:
        image.draft("RGB", (256, 256))
        image.load()


def _seen_size(image: Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if turned else (image.width, image.height)


def _upright(image: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(image)
    if not turned.has_transparency_data:
        return turned.convert("RGB")
    clear = turned.convert("RGBA")
    return clear.convert("RGB") if clear.getchannel("A").getextrema() == (255, 255) else clear


def _encoded_within(image: Image.Image, max_bytes: int) -> Upload:
    """Lower qualities first, then smaller sizes, until the bytes fit."""
    while True:
        size = 0
        for quality in _QUALITIES:
            data, filename = _encode(image, quality)
            if len(data) <= max_bytes:
                return Upload(data, filename, image.width, image.height)
            size = len(data)
        factor = min(0.9 * math.sqrt(max(max_bytes, 0) / size), 0.75)
        if min(image.size) * factor < _SMALLEST_SIDE:
            raise PictureError("The picture is too large to be shown here. Open the original instead.")
        image = ImageOps.scale(image, factor, Image.Resampling.LANCZOS)


def _encode(image: Image.Image, quality: int) -> tuple[bytes, str]:
    # JPEG takes a fraction of the time of WEBP on large pictures, but knows no transparency.
    kind = ImageKind.WEBP if image.mode == "RGBA" else ImageKind.JPEG
    target = BytesIO()
    image.save(target, "WEBP" if kind is ImageKind.WEBP else "JPEG", quality=quality)
    return target.getvalue(), f"picture.{kind}"
