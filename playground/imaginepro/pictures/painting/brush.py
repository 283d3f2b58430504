"""Drawing in the world's lengths on an image in pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from .colours import Colour, mixed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from .view import View
    from .world import World

Point = tuple[float, float]


class Brush:
    """An image under work. Everything is given in the world's lengths and lands where the view has it."""

    def __init__(self, world: World, view: View, size: tuple[int, int], detail: int) -> None:
        self.world, self.view, self.detail = world, view, detail
        self.image = Image.new("RGB", size, world.palette.sky)
        self.draw = ImageDraw.Draw(self.image)
        self.scale = size[0] / view.w

    def spot(self, x: float, y: float) -> Point:
        """The pixel of a place."""
        return (x - self.view.left) * self.scale, (y - self.view.top) * self.scale

    def polygon(self, points: list[Point], colour: Colour) -> None:
        self.draw.polygon([self.spot(x, y) for x, y in points], colour)

    def disc(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self.draw.ellipse((*self.spot(x - rx, y - ry), *self.spot(x + rx, y + ry)), colour)

    def veil(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """A see-through disc; strength 0–1."""
        left, top = (math.floor(v) for v in self.spot(x - radius, y - radius))
        side = max(1, math.ceil(2 * radius * self.scale))
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).ellipse((0, 0, side - 1, side - 1), round(255 * strength))
        self.image.paste(colour, (left, top), mask)

    def fade(self, outline: Callable[[float], float], top: Colour, bottom: Colour, span: float) -> None:
        """Everything below an outline, fading from one colour to the other within `span` of its highest point."""
        width, height = self.image.size
        step = max(2, width // 500)
        edge = [
            (px, self.spot(0, outline(self.view.left + px / self.scale))[1]) for px in range(-step, width + step, step)
        ]
        first = max(0, math.floor(min(y for _, y in edge)))
        if first >= height:
            return
        highest = self.view.top + min(y for _, y in edge) / self.scale
        mask = Image.new("L", (width, height - first))
        corners = [(x, y - first) for x, y in edge]
        ImageDraw.Draw(mask).polygon([*corners, (width + step, height), (-step, height)], 255)
        shares = ((self.view.top + (first + row) / self.scale - highest) / span for row in range(height - first))
        column = Image.new("RGB", (1, height - first))
        column.putdata([mixed(top, bottom, min(max(share, 0), 1)) for share in shares])
        self.image.paste(column.resize(mask.size, Image.Resampling.NEAREST), (0, first), mask)

    def cells(self, layer: str, step: float, y: float) -> Iterator[tuple[float, Random]]:
        """Places along a line, a step apart, each with its dice: at the same place always the same.

        None when they would be too close to be distinguished, as after many zooms.
        """
        if step * self.scale < 8:
            return
        first, last = math.floor(self.view.left / step) - 2, math.ceil((self.view.left + self.view.w) / step) + 2
        for cell in range(first, last):
            dice = self.world.dice_at(layer, cell, (cell + 0.5) * step, y)
            yield (cell + dice.random()) * step, dice
