"""Images upright, in 8-bit sRGB and not too large, with little memory beside the decoded image."""

# Pillow's types name numpy, which is not installed.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import math
from collections.abc import Callable

from PIL import Image

from bot.services.images.decoding.colours import SrgbConverter
from bot.services.images.decoding.opening import MAX_TRANSPARENT_PIXELS, load, orientation

_STRIP_PIXELS = 2_000_000
_LANCZOS_REACH = 3
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, max_pixels: int) -> Image.Image:
    """The image with at most `max_pixels`, after its EXIF rotation, in sRGB: RGBA with transparency, else RGB.

    Decodes it.
    """
    size = _size_within(image, max_pixels)
    # Decodes a JPEG with half, a quarter or an eighth of its sides; no effect on other formats.
    image.draft(None, size)
    load(image)
    # A TIFF has turned itself by now.
    turn = _TURNS.get(orientation(image))
    size = _size_within(image, max_pixels)
    convert = SrgbConverter(image)
    if size == image.size and not convert.changes(image):
        plain = image
    else:
        plain = in_strips(image, size, convert, convert.mode)
    if plain.mode == "RGBA":
        plain = _with_cheap_transparency(plain)
    return plain if turn is None else plain.transpose(turn)


def in_strips(
    image: Image.Image, size: tuple[int, int], convert: Callable[[Image.Image], Image.Image], mode: str
) -> Image.Image:
    """The image scaled to `size`, converted a strip at a time: whole copies of a large one fill the memory."""
    made = Image.new(mode, size)
    ratio = image.height / made.height
    margin = 0 if size == image.size else math.ceil(_LANCZOS_REACH * max(ratio, 1)) + 1
    rows = max(int(_STRIP_PIXELS / (image.width * ratio)), 1)
    for top in range(0, made.height, rows):
        bottom = min(top + rows, made.height)
        first = max(math.floor(top * ratio) - margin, 0)
        last = min(math.ceil(bottom * ratio) + margin, image.height)
        part = convert(image.crop((0, first, image.width, last)))
        if size != image.size:
            # Pixels outside of the box, but inside of the strip, count at its edges: no seam is seen.
            box = (0, top * ratio - first, image.width, min(bottom * ratio - first, part.height))
            part = part.resize((made.width, bottom - top), Image.Resampling.LANCZOS, box)
        made.paste(part, (0, top))
    return made


def _with_cheap_transparency(image: Image.Image) -> Image.Image:
    """The image without transparency if it shows none, else as large as its transparency can be encoded."""
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    size = _size_within(image, MAX_TRANSPARENT_PIXELS)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def _size_within(image: Image.Image, max_pixels: int) -> tuple[int, int]:
    factor = min(math.sqrt(max_pixels / (image.width * image.height)), 1)
    return (image.width, image.height) if factor == 1 else _scaled(image.size, factor)


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(round(size[0] * factor), 1), max(round(size[1] * factor), 1)
