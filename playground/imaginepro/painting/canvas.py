"""Pictures painted: a world seen through a view, at a size in pixels."""

from __future__ import annotations

from PIL import Image, ImageDraw

from .picture import Picture

Box = tuple[int, int, int, int]


def paint(picture: Picture) -> Image.Image:
    """One picture at its size."""
    image = Image.new("RGB", picture.size, picture.world.palette.sky)
    ImageDraw.Draw(image).text((10, 10), f"{picture.number or ''} {picture.caption}")
    return image


def tile_boxes(size: tuple[int, int]) -> list[Box]:
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
