"""Pictures that members give: judged, and made into what the image API takes.

Everything here computes; call it from a thread.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps, features

from bot.services.images.formats import ImageError, ImageKind, encoded_within, opened, seen_size, sniff, upright
from bot.services.prompt.text import quoted

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 40_000_000

_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TIFF = (b"II*\x00", b"MM\x00*")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


@dataclass(frozen=True, slots=True)
class ImageUse:
    """What one use of the image API asks of a picture; what exceeds it is converted.

    Pictures of `kinds` go as they are while they have `max_bytes` and `max_pixels` at most and are still. What is
    converted becomes JPEG, or WEBP where something shines through. Sides below `min_side` pixels are refused.
    """

    max_bytes: int
    max_pixels: int = 16_000_000
    min_side: int = 32
    kinds: frozenset[ImageKind] = frozenset(ImageKind)
    may_move: bool = False


IMAGE_PROMPT = ImageUse(max_bytes=1_000_000)
"""A picture to start from; the API's documentation advises less than about 1 MB."""

WHOLE_PICTURE = ImageUse(max_bytes=MAX_IMAGE_BYTES)
"""A picture to be changed: no limit is documented, and whatever is lost here is missing in the result."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture ready for the API; width and height are in pixels as it is seen.

    `data` is None when the given bytes can go as they are, else what they were made into; `note` then says so.
    """

    data: bytes | None
    filename: str
    width: int
    height: int
    note: str | None = None


def prepare(data: bytes, name: str, use: ImageUse) -> PreparedImage:
    """The picture as this use takes it. Raises PictureError with the reason when it can't be used.

    `name` is only repeated in sentences. The size in pixels is read and judged before anything is decoded.
    """
    check_length(len(data), name)
    if not data:
        raise ImageError(f"{quoted(name)} is empty. Use another picture.")
    kind = sniff(data)
    source = kind.name if kind is not None else _foreign(data, name)
    damaged = f"{quoted(name)} is damaged and can't be read. Save it again or use another picture."
    with opened(data, source, MAX_IMAGE_PIXELS, damaged) as image:
        _check_side(image, name, use.min_side)
        # A JPEG may hold several pictures, of which every reader shows the first.
        moves = kind is not ImageKind.JPEG and getattr(image, "is_animated", False) and not use.may_move
        too_much = len(data) > use.max_bytes or image.width * image.height > use.max_pixels
        if kind is not None and kind in use.kinds and not moves and not too_much:
            return PreparedImage(None, f"picture.{kind}", *_size_of_whole(image, kind))
        return _converted(image, name, source, use, moves=moves, shrunk=too_much)


def check_length(size: int, name: str) -> None:
    """Raise PictureError for a file of more bytes than are read at all, before they are."""
    if size > MAX_IMAGE_BYTES:
        megabytes, most = math.ceil(size / 1024**2), MAX_IMAGE_BYTES // 1024**2
        raise ImageError(f"{quoted(name)} has {megabytes} MB; {most} MB is the most. Use a smaller copy.")


def _check_side(image: Image.Image, name: str, least: int) -> None:
    if min(image.size) < least:
        raise ImageError(
            f"{quoted(name)} has only {image.width} × {image.height} pixels; {least} on each side are the least. "
            "Use a larger one."
        )


def _foreign(data: bytes, name: str) -> str:
    """Pillow's name for a kind of picture that has to be converted. Raises PictureError when there is none."""
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
    """What the file says it is compatible with, when it is of the family of HEIC and AVIF (ISO/IEC 14496-12)."""
    if data[4:8] == b"ftyp":
        yield data[8:12]
        end = min(int.from_bytes(data[:4], "big"), 256)
        yield from (data[start : start + 4] for start in range(16, end, 4))


def _size_of_whole(image: Image.Image, kind: ImageKind) -> tuple[int, int]:
    """Width and height, once the whole file was read with as little memory as its kind allows. Raises when damaged."""
    if kind is ImageKind.PNG:
        # Looking for a camera's notes would decode it.
        size = image.size
        image.verify()
    else:
        size = seen_size(image)
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
