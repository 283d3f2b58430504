"""The near half of a scene: ground or water, and the things the words name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .backdrop import RIDGES, ground_height, ridge_height
from .colours import Colour, brightness, mixed
from .silhouettes import SILHOUETTES, Shape

if TYPE_CHECKING:
    from .brush import Brush, Point
    from .world import World

_BLACK, _WHITE, _INK, _LIT = (0, 0, 0), (255, 255, 255), (28, 24, 32), (255, 221, 130)
# Where the second and third thing stand beside the first, and how large they are beside it.
_BESIDE = ((0.0, 1.0), (-0.36, 0.7), (0.36, 0.6))


def paint_things(brush: Brush, *places: str) -> None:
    """The named things that belong to these places."""
    for number, (noun, tint) in enumerate(brush.world.subjects):
        thing = SILHOUETTES[noun]
        if thing.place in places:
            _paint_thing(brush, noun, tint or thing.colour, number)


def paint_ground(brush: Brush) -> None:
    """Meadow with tufts of grass, or water with light on it."""
    world, palette = brush.world, brush.world.palette
    if "water" in world.features:
        top = mixed(palette.low, palette.near, 0.35)
        brush.fade(lambda _: ground_height(world, 0), top, mixed(palette.near, palette.ground, 0.7), 0.5)
        _glints(brush)
        return
    ground = _ground_colour(world)
    brush.fade(lambda x: ground_height(world, x), mixed(ground, palette.near, 0.35), mixed(ground, _BLACK, 0.35), 0.6)
    _tufts(brush, ground)


def _ground_colour(world: World) -> Colour:
    ground = world.palette.ground
    return mixed(ground, _WHITE, 0.75) if "snow" in world.features else ground


def _glints(brush: Brush) -> None:
    """Short lines of light, more of them under the sun."""
    world = brush.world
    colour = mixed(world.palette.sun, world.palette.low, 0.35)
    for row in range(1, 34):
        y = ground_height(world, 0) + 0.004 + 0.016 * row
        for x, dice in brush.cells(f"glint{row}", 0.11, y):
            length, chance = dice.uniform(0.008, 0.05), dice.random()
            under_sun = abs(x - world.sun_x) < 0.05 + 0.006 * row
            if chance < (0.75 if under_sun else 0.22 + 0.06 * brush.detail):
                brush.disc(x, y, length, 0.0012 + 0.00008 * row, colour)


def _tufts(brush: Brush, ground: Colour) -> None:
    """Blades in small bunches, larger towards the viewer, some with a blossom."""
    world = brush.world
    blade = world.palette.near if "snow" in world.features else world.palette.low
    for row in range(8):
        depth = 0.02 + 0.055 * row
        for x, dice in brush.cells(f"tuft{row}", 0.07, world.horizon + depth):
            y, height = ground_height(world, x) + depth, 0.012 + 0.004 * row
            if dice.random() > 0.55 + 0.15 * brush.detail:
                continue
            colour = mixed(ground, blade, dice.uniform(0.08, 0.26))
            for lean in (-0.5, 0.0, 0.5):
                foot = x + lean * height * 0.5
                brush.polygon([(foot - 0.0016, y), (foot + 0.0016, y), (x + lean * height, y - height)], colour)
            if dice.random() < 0.2:
                size = height * 0.16
                brush.disc(x, y - height, size, size, mixed(world.palette.sun, world.palette.low, dice.random()))


def _paint_thing(brush: Brush, noun: str, colour: Colour, number: int) -> None:
    world, thing = brush.world, SILHOUETTES[noun]
    aside, share = _BESIDE[number]
    size = world.subject_size * thing.size * share
    x, y = _place(world, thing.place, aside * (-1 if world.flipped else 1), size)
    if thing.place == "ground":
        _footing(brush, x, y - 0.005, size)
    hues = _hues(colour, world)
    turn = -1 if world.flipped else 1
    for shape in thing.shapes:
        points = [(x + (u - 0.5) * size * turn, y + (v - 1) * size) for u, v in shape.points]
        _paint_shape(brush, shape, points, hues[shape.role])
    if thing.place == "water":
        _waterline(brush, x, y, size)


def _footing(brush: Brush, x: float, y: float, size: float) -> None:
    """A shadow; in the water also a small island to stand on."""
    ground = _ground_colour(brush.world)
    if "water" in brush.world.features:
        brush.disc(x, y + size * 0.05, size * 0.75, size * 0.12, mixed(ground, _BLACK, 0.2))
        brush.disc(x, y + size * 0.02, size * 0.72, size * 0.10, mixed(ground, brush.world.palette.low, 0.25))
    brush.disc(x, y, size * 0.42, size * 0.05, mixed(ground, _BLACK, 0.45))


def _place(world: World, place: str, aside: float, size: float) -> Point:
    x = world.subject_x + aside
    if place == "sky":
        return x - math.copysign(0.16, world.sun_x), 0.24 + size * 0.55
    if place == "ridge":
        return x, ridge_height(world, RIDGES - 1, x) + 0.03
    return x, ground_height(world, x) + (0.12 if place == "water" else 0.15)


def _hues(colour: Colour, world: World) -> dict[str, Colour]:
    """A thing's colours, a little in the light of its world."""
    own = mixed(colour, world.palette.near, 0.30 if world.palette.night else 0.10)
    dark = mixed(own, _BLACK, 0.62) if brightness(own) > 0.2 else mixed(own, _WHITE, 0.2)
    return {
        "a": own,
        "s": mixed(own, _BLACK, 0.18),
        "b": mixed(mixed(own, _WHITE, 0.82), world.palette.low, 0.12),
        "d": dark,
        "k": _INK,
        "w": _LIT,
    }


def _paint_shape(brush: Brush, shape: Shape, points: list[Point], colour: Colour) -> None:
    if shape.kind == "e":
        (left, top), (right, bottom) = points
        brush.disc((left + right) / 2, (top + bottom) / 2, abs(right - left) / 2, abs(bottom - top) / 2, colour)
    else:
        brush.polygon(_rounded(points) if shape.kind == "c" else points, colour)


def _rounded(points: list[Point]) -> list[Point]:
    """The corners cut again and again (Chaikin), which makes a curve of them."""
    for _ in range(3):
        pairs = zip(points, [*points[1:], points[0]], strict=True)
        points = [(ax + (bx - ax) * t, ay + (by - ay) * t) for (ax, ay), (bx, by) in pairs for t in (0.25, 0.75)]
    return points


def _waterline(brush: Brush, x: float, y: float, size: float) -> None:
    colour = mixed(brush.world.palette.low, brush.world.palette.near, 0.35)
    for row, width in enumerate((0.56, 0.46, 0.3)):
        brush.disc(x + 0.02 * row * size, y + 0.025 * row * size, width * size, 0.014 * size, colour)
