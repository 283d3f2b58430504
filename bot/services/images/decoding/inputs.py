"""Images from members, checked and converted for the image API."""

from collections.abc import Iterator

from PIL import Image, features

from bot.services.images.decoding.encoding import encoded_within
from bot.services.images.decoding.opening import INPUT, displayed_size, opened, reserve_memory
from bot.services.images.decoding.shrinking import upright
from bot.services.images.formats import ImageError, ImageKind, sniff
from bot.services.images.inputs import ImageUse, PreparedImage, check_length
from bot.services.prompt.text import quoted

_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_TIFF = (b"II*\x00", b"MM\x00*")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def prepare(data: bytes, name: str, use: ImageUse) -> PreparedImage:
    """The picture as this use requires it. Raises ImageError with the reason when it can't be used.

    `name` is only for messages. Pixels, scans and memory are checked before decoding.
    """
    check_length(len(data), name)
    if not data:
        raise ImageError(f"{quoted(name)} is empty. Use another picture.")
    kind = sniff(data)
    source = kind.name if kind is not None else _pillow_format(data, name)
    damaged = f"{quoted(name)} is damaged and can't be read. Save it again or use another picture."
    with opened(data, source, INPUT, damaged) as image:
        _check_side(image, name, use.min_side)
        # A JPEG may contain several pictures; all readers show the first.
        moves = kind is not ImageKind.JPEG and getattr(image, "is_animated", False) and not use.may_move
        too_large = len(data) > use.max_bytes or image.width * image.height > use.max_pixels
        if kind is not None and kind in use.kinds and not moves and not too_large:
            return PreparedImage(None, f"picture.{kind}", *_verified_size(image, kind))
        reserve_memory(image, INPUT, use.max_pixels)
        plain = upright(image, use.max_pixels)
    # Encoding needs the memory.
    del image
    unfit = f"{quoted(name)} can't be made small enough for ImaginePro. Use a smaller copy."
    made = encoded_within(plain, use.max_bytes, unfit)
    return PreparedImage(
        made.data, made.filename, made.width, made.height, _note(name, source, moves=moves, shrunk=too_large)
    )


def _note(name: str, source: str, *, moves: bool, shrunk: bool) -> str:
    if moves:
        return f"Only the first picture of {quoted(name)} is used."
    if shrunk:
        return f"{quoted(name)} was made smaller for ImaginePro."
    return f"{quoted(name)} was converted from {source} for ImaginePro."


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
    size = displayed_size(image)
    if kind is ImageKind.PNG:
        image.verify()
        return size
    reserve_memory(image, INPUT)
    image.draft(None, (256, 256))
    image.load()
    return size
