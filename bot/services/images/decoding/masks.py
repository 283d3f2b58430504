"""Masks for Vary (Region), made and checked: PNGs of one bit a pixel, white where the picture may change."""

from collections.abc import Collection
from io import BytesIO

from PIL import Image, ImageChops

from bot.services.images.decoding.colours import SrgbConverter
from bot.services.images.decoding.memory import reserve
from bot.services.images.decoding.opening import INPUT, RESULT, Limits, load, opened, reserve_memory
from bot.services.images.decoding.shrinking import in_strips
from bot.services.images.formats import ImageKind, sniff
from bot.services.images.masks import GRID_SIDE, MAX_MASK_BYTES, MaskError

_LIMITS = Limits(pixels=RESULT.pixels, memory=INPUT.memory)
"""As large as a result may be, from a member."""

_UNREADABLE = "The mask is damaged and can't be read. Send it again."


def checked_mask(data: bytes, width: int, height: int) -> bytes:
    """The mask as a PNG of one bit a pixel, with the picture's `width` and `height` in pixels.

    Takes PNG and WebP; transparency counts as black. Raises MaskError for other formats, for another size than the
    picture's, and when nothing is white.
    """
    if len(data) > MAX_MASK_BYTES:
        raise MaskError(f"The mask has more than {MAX_MASK_BYTES // 1024**2} MB. Paint a simpler one.")
    kind = sniff(data)
    if kind is not ImageKind.PNG and kind is not ImageKind.WEBP:
        raise MaskError("The mask is not a PNG or WebP picture. Paint it in the editor and send it again.")
    with opened(data, kind.name, _LIMITS, _UNREADABLE) as image:
        if image.size != (width, height):
            raise MaskError(
                f"The mask is {image.width} × {image.height} pixels, and the picture {width} × {height}. "
                "Paint on the picture itself and send it again."
            )
        reserve_memory(image, _LIMITS, image.width * image.height // 4)
        load(image)
        return _png(in_strips(image, image.size, _BlackAndWhite(image), "1"))


def grid_mask(cells: Collection[int], width: int, height: int) -> bytes:
    """A PNG mask of the chosen cells of a three by three grid, 0 to 8 from the top left, row by row.

    The cells cover the picture's `width` and `height` in pixels without gap or overlap. Raises MaskError when no cell
    is chosen, or one outside the grid.
    """
    if not set(cells) <= set(range(GRID_SIDE**2)):
        raise MaskError("The picture has nine parts. Choose among those.")
    reserve(width * height)
    mask = Image.new("1", (width, height), 0)
    for cell in cells:
        row, column = divmod(cell, GRID_SIDE)
        mask.paste(255, (*_corner(column, row, width, height), *_corner(column + 1, row + 1, width, height)))
    return _png(mask)


def _corner(column: int, row: int, width: int, height: int) -> tuple[int, int]:
    return column * width // GRID_SIDE, row * height // GRID_SIDE


class _BlackAndWhite:
    """Converts parts of a mask; what is transparent becomes black."""

    def __init__(self, image: Image.Image) -> None:
        self._convert = SrgbConverter(image)

    def __call__(self, part: Image.Image) -> Image.Image:
        plain = self._convert(part)
        grey = plain.convert("L")
        if plain.mode == "RGBA":
            grey = ImageChops.multiply(grey, plain.getchannel("A"))
        return grey.convert("1", dither=Image.Dither.NONE)


def _png(mask: Image.Image) -> bytes:
    if mask.getbbox() is None:
        raise MaskError("Paint the part that should change first.")
    target = BytesIO()
    mask.save(target, "PNG")
    return target.getvalue()
