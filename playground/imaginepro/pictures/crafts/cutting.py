"""The background removed: transparent from the borders inwards, as far as its colours reach."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw

from .product import Product, png

_DISTANCE = 40
_KEPT, _GONE = (0, 0, 0), (255, 255, 255)


def cut_out(pictures: list[Image.Image]) -> Product:
    """The picture as a PNG whose background is transparent; what was transparent stays so."""
    image = pictures[0].convert("RGBA")
    subject = ImageChops.invert(_background(image.convert("RGB")))
    image.putalpha(ImageChops.darker(image.getchannel("A"), subject))
    return Product((png(image),))


def _background(image: Image.Image) -> Image.Image:
    """White where a border's colour reaches; looked for in a reduced picture, for filling takes its time."""
    small = image.copy()
    small.thumbnail((320, 320), Image.Resampling.NEAREST)
    found = Image.new("L", small.size)
    for seed in _borders(small.size):
        if found.getpixel(seed) == 0:
            found = ImageChops.lighter(found, _reached(small, seed))
    return found.resize(image.size, Image.Resampling.NEAREST)


def _reached(image: Image.Image, seed: tuple[int, int]) -> Image.Image:
    """What one fill changes: done with two colours, so that one of them differs wherever it came."""
    fills = []
    for colour in (_KEPT, _GONE):
        filled = image.copy()
        ImageDraw.floodfill(filled, seed, colour, thresh=_DISTANCE)
        fills.append(filled)
    return ImageChops.difference(*fills).convert("L").point(lambda level: 255 if level == 255 else 0)


def _borders(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Places along the edges: the corners and the middle of each side."""
    right, bottom = size[0] - 1, size[1] - 1
    places = [(x, y) for x in (0, right // 2, right) for y in (0, bottom // 2, bottom)]
    return [place for place in places if place != (right // 2, bottom // 2)]
