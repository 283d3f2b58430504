"""Masks for Vary (Region): white parts of the picture may change, black ones stay.

All functions are CPU-bound; call them in a thread.
"""

from base64 import b64encode
from collections.abc import Collection
from io import BytesIO

from PIL import Image, ImageChops

from bot.errors import UserError
from bot.services.images.formats import MAX_RESULT_PIXELS, ImageKind, opened, sniff

MAX_MASK_BYTES = 8 * 1024 * 1024
GRID_SIDE = 3
_UNREADABLE = "The mask is damaged and can't be read. Send it again."


class MaskError(UserError):
    """The mask can't be used; the text says why and what to do."""


def checked_mask(data: bytes, width: int, height: int) -> bytes:
    """The mask as a PNG of pure black and white, with the picture's `width` and `height` in pixels.

    Takes PNG and WebP; transparency counts as black. Raises MaskError for other formats, for another size than the
    picture's, and when nothing is white.
    """
    if len(data) > MAX_MASK_BYTES:
        raise MaskError(f"The mask has more than {MAX_MASK_BYTES // 1024**2} MB. Paint a simpler one.")
    kind = sniff(data)
    if kind is not ImageKind.PNG and kind is not ImageKind.WEBP:
        raise MaskError("The mask is not a PNG or WebP picture. Paint it in the editor and send it again.")
    with opened(data, kind.name, MAX_RESULT_PIXELS, _UNREADABLE) as image:
        if image.size != (width, height):
            raise MaskError(
                f"The mask is {image.width} × {image.height} pixels, and the picture {width} × {height}. "
                "Paint on the picture itself and send it again."
            )
        return _png(_grey(image).convert("1", dither=Image.Dither.NONE).convert("L"))


def grid_mask(cells: Collection[int], width: int, height: int) -> bytes:
    """A PNG mask of the chosen cells of a three by three grid, 0 to 8 from the top left, row by row.

    The cells cover the picture's `width` and `height` in pixels without gap or overlap. Raises MaskError when no cell
    is chosen, or one outside the grid.
    """
    if not set(cells) <= set(range(GRID_SIDE**2)):
        raise MaskError("The picture has nine parts. Choose among those.")
    mask = Image.new("L", (width, height), 0)
    for cell in cells:
        row, column = divmod(cell, GRID_SIDE)
        mask.paste(255, (*_corner(column, row, width, height), *_corner(column + 1, row + 1, width, height)))
    return _png(mask)


def encoded(mask: bytes) -> str:
    """The mask in Base64 without a `data:` prefix, as the image API takes it."""
    return b64encode(mask).decode("ascii")


def _corner(column: int, row: int, width: int, height: int) -> tuple[int, int]:
    return column * width // GRID_SIDE, row * height // GRID_SIDE


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        # More than eight bits: no editor writes masks like this, and Pillow would clip them to white.
        raise MaskError(_UNREADABLE)
    if not image.has_transparency_data:
        return image.convert("L")
    clear = image.convert("RGBA")
    return ImageChops.multiply(clear.convert("L"), clear.getchannel("A"))


def _png(mask: Image.Image) -> bytes:
    if mask.getbbox() is None:
        raise MaskError("Paint the part that should change first.")
    target = BytesIO()
    mask.save(target, "PNG")
    return target.getvalue()
