"""The far half of a scene: sky, sun or moon, stars, clouds, ridges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .colours import mixed

if TYPE_CHECKING:
    from .brush import Brush
    from .world import World

_WHITE = (255, 255, 255)
RIDGES = 3
# How much higher peaks are than hills.
_PEAK = 2.6


def paint_sky(brush: Brush) -> None:
    """From the sky's colour down to the light over the horizon, with what hangs in it."""
    palette, world = brush.world.palette, brush.world
    brush.fade(lambda _: min(-0.15, brush.view.top), palette.sky, palette.sky, 1)
    brush.fade(lambda _: -0.15, palette.sky, palette.low, world.horizon + 0.15)
    if palette.night:
        _stars(brush)
    _sun(brush)
    _clouds(brush)


def ridge_height(world: World, number: int, x: float) -> float:
    """Where ridge 0 (far) to 2 (near) has its upper edge."""
    base = world.horizon - 0.06 + number * 0.065
    height = world.relief * (1 - 0.25 * number)
    start = world.phase * (1 + 0.31 * number) + number * 11
    if "peaks" in world.features and number < 2:
        return base - height * _PEAK * _peaks(x * (2.1 + number) + start)
    waves = math.sin(2.3 * x + start) + 0.5 * math.sin(5.1 * x + 1.7 * start) + 0.22 * math.sin(11.7 * x + 0.6 * start)
    return base - height * (0.45 + 0.32 * waves)


def ground_height(world: World, x: float) -> float:
    """The upper edge of the ground in front, or of the water."""
    if "water" in world.features:
        return world.horizon + 0.09
    return world.horizon + 0.15 - 0.022 * math.sin(2.6 * x + world.phase) - 0.008 * math.sin(7.3 * x + world.phase)


def paint_ridges(brush: Brush) -> None:
    """The hills, hazier the further away; a city stands on the second."""
    world, palette = brush.world, brush.world.palette
    for number in range(RIDGES):
        colour = mixed(palette.far, palette.near, number / (RIDGES - 1))
        if number == 1 and "city" in world.features:
            _city(brush, mixed(colour, palette.near, 0.4))
        brush.fade(lambda x, n=number: ridge_height(world, n, x), colour, mixed(colour, palette.low, 0.55), 0.34)
        if "peaks" in world.features and number == 0:
            _snow(brush)
        if number == RIDGES - 1:
            _trees(brush)


def _peaks(t: float) -> float:
    """Jagged and endless: broad triangles with smaller ones on their flanks."""

    def triangle(value: float) -> float:
        return 1 - abs((value / math.pi) % 2 - 1)

    return (
        0.72 * triangle(t) * (0.75 + 0.25 * math.sin(0.9 * t)) + 0.2 * triangle(2.7 * t + 1) + 0.08 * triangle(7.9 * t)
    )


def _snow(brush: Brush) -> None:
    """White where the far ridge is highest, with a jagged lower edge."""
    world, width = brush.world, brush.image.width
    line = world.horizon - 0.06 - world.relief * _PEAK * 0.52
    step = max(2, width // 500)
    crest, edge = [], []
    for px in range(-step, width + step, step):
        x = brush.view.left + px / brush.scale
        top = ridge_height(world, 0, x)
        crest.append((x, top))
        edge.append((x, max(top, line + 0.016 * math.sin(31 * x) + 0.010 * math.sin(67 * x))))
    brush.polygon([*crest, *reversed(edge)], mixed(_WHITE, world.palette.far, 0.22))


def _stars(brush: Brush) -> None:
    for row in range(math.floor(brush.view.top / 0.08) - 1, math.ceil(brush.world.horizon / 0.08)):
        for x, dice in brush.cells(f"star{row}", 0.08, (row + 0.5) * 0.08):
            if dice.random() < 0.55:
                radius = 0.0012 + 0.0022 * dice.random() ** 3
                brush.disc(x, (row + dice.random()) * 0.08, radius, radius, mixed(brush.world.palette.sun, _WHITE, 0.5))


def _sun(brush: Brush) -> None:
    world, palette = brush.world, brush.world.palette
    for rings in (3.4, 2.5, 1.75):
        brush.veil(world.sun_x, world.sun_y, world.sun_r * rings, palette.sun, 0.10)
    brush.disc(world.sun_x, world.sun_y, world.sun_r, world.sun_r, palette.sun)
    if palette.night:
        for dx, dy, size in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.16), (0.2, -0.45, 0.1)):
            place = world.sun_x + dx * world.sun_r, world.sun_y + dy * world.sun_r
            brush.disc(*place, size * world.sun_r, size * world.sun_r, mixed(palette.sun, palette.sky, 0.16))


def _clouds(brush: Brush) -> None:
    palette = brush.world.palette
    for row in range(math.floor(brush.view.top / 0.2) - 1, math.ceil((brush.world.horizon - 0.3) / 0.2)):
        for x, dice in brush.cells(f"cloud{row}", 0.5, (row + 0.5) * 0.2):
            y, length = (row + dice.random()) * 0.2, dice.uniform(0.05, 0.12)
            puffs = [(dice.uniform(-1, 1), dice.uniform(0.25, 0.5)) for _ in range(4)]
            if dice.random() > (0.25 if palette.night else 0.5):
                continue
            colour = mixed(
                mixed(palette.sky, palette.low, min(max(y + 0.3, 0), 1)), _WHITE, 0.12 if palette.night else 0.55
            )
            brush.disc(x, y, length * 1.5, length * 0.13, colour)
            for offset, size in puffs:
                brush.disc(x + offset * length, y - length * size * 0.45, length * size, length * size * 0.6, colour)


def _trees(brush: Brush) -> None:
    """Firs along the near ridge: a forest of them, or a few."""
    world = brush.world
    colour = mixed(world.palette.near, world.palette.ground, 0.45)
    dense = "forest" in world.features
    for x, dice in brush.cells("tree", 0.028, world.horizon):
        height, chance = dice.uniform(0.05, 0.12) * (1.25 if dense else 0.8), dice.random()
        if chance > (0.85 if dense else 0.16):
            continue
        foot = ridge_height(world, RIDGES - 1, x) + 0.012
        for level in range(3):
            y, half = foot - height * (0.15 + 0.27 * level), height * (0.27 - 0.06 * level)
            brush.polygon([(x - half, y), (x + half, y), (x, y - height * 0.42)], colour)
        brush.polygon([(x - 0.003, foot), (x + 0.003, foot), (x, foot - height * 0.4)], colour)


def _city(brush: Brush, colour: tuple[int, int, int]) -> None:
    """Towers with lit windows."""
    world, lit = brush.world, mixed(brush.world.palette.sun, (255, 196, 92), 0.5)
    for x, dice in brush.cells("tower", 0.075, world.horizon - 0.1):
        width, height = dice.uniform(0.04, 0.085), dice.uniform(0.10, 0.36)
        foot = world.horizon + 0.08
        brush.polygon([(x, foot), (x, foot - height), (x + width, foot - height), (x + width, foot)], colour)
        for floor in range(int(height / 0.026)):
            for window in range(int(width / 0.016)):
                if dice.random() < 0.45:
                    left, top = x + 0.006 + window * 0.016, foot - height + 0.01 + floor * 0.026
                    corners = [(left, top), (left + 0.008, top), (left + 0.008, top + 0.012), (left, top + 0.012)]
                    brush.polygon(corners, lit)
