"""Pictures painted: a world seen through a view, at a size in pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from .backdrop import paint_ridges, paint_sky
from .brush import Brush
from .foreground import paint_ground, paint_things
from .lettering import letter

if TYPE_CHECKING:
    from .picture import Inlay, Patch, Picture
    from .view import View
    from .world import World

Box = tuple[int, int, int, int]
Size = tuple[int, int]

# Drawn larger and reduced, edges come out smooth; above this many pixels a side that takes too long.
_LONGEST = 3000


def paint(picture: Picture) -> Image.Image:
    """One picture at its size."""
    image = _scene(picture.world, picture.view, picture.size, picture.detail)
    for inlay in picture.inlays:
        _lay_in(image, inlay, picture)
    for patch in picture.patches:
        _apply(image, patch, picture)
    letter(image, picture.caption, picture.number)
    return image


def tile_boxes(size: Size) -> list[Box]:
    """Where U1 to U4 lie in a grid of that size: top left, top right, bottom left, bottom right."""
    w, h = size[0] // 2, size[1] // 2
    return [(x, y, x + w, y + h) for y in (0, h) for x in (0, w)]


def paint_sheet(sheet: tuple[Picture, ...]) -> Image.Image:
    """A single picture as it is, four as a 2×2 grid."""
    if len(sheet) == 1:
        return paint(sheet[0])
    w, h = sheet[0].size
    grid = Image.new("RGB", (2 * w, 2 * h))
    for picture, box in zip(sheet, tile_boxes(grid.size), strict=True):
        grid.paste(paint(picture), box[:2])
    return grid


def _scene(world: World, view: View, size: Size, detail: int) -> Image.Image:
    factor = min(2.0, _LONGEST / max(size))
    drawn = round(size[0] * factor), round(size[1] * factor)
    brush = Brush(world, view, drawn, detail)
    paint_sky(brush)
    paint_things(brush, "sky")
    paint_ridges(brush)
    paint_things(brush, "ridge")
    paint_ground(brush)
    paint_things(brush, "water", "ground")
    if factor == 2:
        return brush.image.reduce(2)
    return brush.image if drawn == size else brush.image.resize(size, Image.Resampling.BICUBIC)


def _apply(image: Image.Image, patch: Patch, picture: Picture) -> None:
    """Show the patch's world where its mask is white. A mask that is no picture changes nothing."""
    try:
        mask = Image.open(io.BytesIO(patch.mask)).convert("L")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return
    corner, area = _place(image, patch.view, picture)
    other = _scene(patch.world, patch.view, area, picture.detail)
    image.paste(other, corner, mask.resize(area))


def _lay_in(image: Image.Image, inlay: Inlay, picture: Picture) -> None:
    corner, area = _place(image, inlay.view, picture)
    image.paste(Image.open(io.BytesIO(inlay.file)).resize(area), corner)


def _place(image: Image.Image, view: View, picture: Picture) -> tuple[Size, Size]:
    """Where a part of the world lies in the image: its corner and its size, in pixels."""
    scale = image.width / picture.view.w
    corner = round((view.left - picture.view.left) * scale), round((view.top - picture.view.top) * scale)
    return corner, (max(1, round(view.w * scale)), max(1, round(view.h * scale)))
