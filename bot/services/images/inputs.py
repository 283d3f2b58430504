"""Pictures from members, checked and converted for the image API.

All functions are CPU-bound; call them in a thread.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps, features

from bot.services.images.formats import ImageError, ImageKind, displayed_size, encoded_within, opened, sniff, upright
from bot.services.prompt.text import quoted

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 40_000_000

_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TIFF = (b"II*\x00", b"MM\x00*")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


@dataclass(frozen=True, slots=True)
class ImageUse:
    """The limits of one use of the image API; a picture that exceeds them is converted.

    Pictures of `kinds` with at most `max_bytes` and `max_pixels` and without animation are sent unchanged. Others
    become JPEG, or WEBP with transparency. Sides below `min_side` pixels are refused.
    """

    max_bytes: int
    max_pixels: int = 16_000_000
    min_side: int = 32
    kinds: frozenset[ImageKind] = frozenset(ImageKind)
    may_move: bool = False


IMAGE_PROMPT = ImageUse(max_bytes=1_000_000)
"""A picture to start from; the API's documentation recommends less than about 1 MB."""

WHOLE_PICTURE = ImageUse(max_bytes=MAX_IMAGE_BYTES)
"""A picture to change: no limit is documented, and the result lacks any detail that is lost here."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture ready for the API; width and height in pixels after rotation.

    `data` is None when the given bytes are sent unchanged, else the converted ones; `note` then says so.
    """

    data: bytes | None
    filename: str
    width: int
    height: int
    note: str | None = None


def prepare(data: bytes, name: str, use: ImageUse) -> PreparedImage:
    """The picture as this use requires it. Raises ImageError with the reason when it can't be used.

    `name` is only for messages. The size in pixels is checked before decoding.
    """
    check_length(len(data), name)
    if not data:
        raise ImageError(f"{quoted(name)} is empty. Use another picture.")
    kind = sniff(data)
    source = kind.name if kind is not None else _pillow_format(data, name)
    damaged = f"{quoted(name)} is damaged and can't be read. Save it again or use another picture."
    with opened(data, source, MAX_IMAGE_PIXELS, damaged) as image:
        _check_side(image, name, use.min_side)
        # A JPEG may contain several pictures; all readers show the first.
        moves = kind is not ImageKind.JPEG and getattr(image, "is_animated", False) and not use.may_move
        too_large = len(data) > use.max_bytes or image.width * image.height > use.max_pixels
        if kind is not None and kind in use.kinds and not moves and not too_large:
            return PreparedImage(None, f"picture.{kind}", *_verified_size(image, kind))
        return _converted(image, name, source, use, moves=moves, shrunk=too_large)


def check_length(size: int, name: str) -> None:
    """Raise ImageError for a file that is too large to read, before it is read."""
    if size > MAX_IMAGE_BYTES:
        megabytes, most = math.ceil(size / 1024**2), MAX_IMAGE_BYTES // 1024**2
        raise ImageError(f"{quoted(name)} has {megabytes} MB; {most} MB is the most. Use a smaller copy.")


def _check_side(image: Image.Image, name: str, least: int) -> None:
    if min(image.size) < least:
        raise ImageError(
            f"{quoted(name)} has only {image.width} × {image.height} pixels; {least} on each side are the least. "
            "Use a larger one."
        )


def _pillow_format(data: bytes, name: str) -> str:
    """Pillow's name for a format that has to be converted. Raises ImageError for any other."""
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if data.startswith(_TIFF):
        return "TIFF"
    brands = set(_brands(data))
    if brands & _AVIF_BRANDS and features.check("avif"):
        return "AVIF"
    if brands & (_AVIF_BRANDS | _HEIC_BRANDS):
        kind = "AVIF" if brands & _AVIF_BRANDS else "HEIC"
        raise ImageError(f"{quoted(name)} is a picture of the kind {kind}, which can't be read. Save it as JPEG.")
    raise ImageError(f"{quoted(name)} is not a picture. Use a PNG, JPEG, WEBP or GIF.")


def _brands(data: bytes) -> Iterator[bytes]:
    """The compatible brands of a HEIC or AVIF file (ISO/IEC 14496-12)."""
    if data[4:8] == b"ftyp":
        yield data[8:12]
        end = min(int.from_bytes(data[:4], "big"), 256)
        yield from (data[start : start + 4] for start in range(16, end, 4))


def _verified_size(image: Image.Image, kind: ImageKind) -> tuple[int, int]:
    """Width and height, after reading the whole file with little memory. Raises when it is damaged."""
    if kind is ImageKind.PNG:
        # Reading EXIF data would decode it.
        size = image.size
        image.verify()
    else:
        size = displayed_size(image)
        image.draft("RGB", (256, 256))
        image.load()
    return size


def _converted(
    image: Image.Image, name: str, source: str, use: ImageUse, *, moves: bool, shrunk: bool
) -> PreparedImage:
    plain = upright(image)
    factor = math.sqrt(use.max_pixels / (plain.width * plain.height))
    if factor < 1:
        plain = ImageOps.scale(plain, factor, Image.Resampling.LANCZOS)
    unfit = f"{quoted(name)} can't be made small enough for ImaginePro. Use a smaller copy."
    made = encoded_within(plain, use.max_bytes, unfit)
    if moves:
        note = f"Only the first picture of {quoted(name)} is used."
    elif shrunk:
        note = f"{quoted(name)} was made smaller for ImaginePro."
    else:
        note = f"{quoted(name)} was converted from {source} for ImaginePro."
    return PreparedImage(made.data, made.filename, made.width, made.height, note)
