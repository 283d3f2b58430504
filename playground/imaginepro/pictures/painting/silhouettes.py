"""Known things as simple shapes in a unit box (y down, standing on y = 1)."""

from __future__ import annotations

from dataclasses import dataclass

from .colours import Colour, from_hex
from .drawings import ABSTRACT, ANIMALS, THINGS

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """One part: `kind` p polygon, c closed curve near its corners, e ellipse between two corners.

    `role` says what it is painted in: a own colour, s its shade, b light, d dark, k ink, w lit.
    """

    kind: str
    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Silhouette:
    """A thing's parts in painting order, its usual colour, where it belongs and how large it is there."""

    shapes: tuple[Shape, ...]
    colour: Colour
    place: str
    size: float


def _drawn(drawing: str) -> tuple[Shape, ...]:
    parts = (line.split() for line in drawing.strip().splitlines())
    return tuple(Shape(kind, role, tuple(_point(text) for text in points)) for kind, role, *points in parts)


def _point(text: str) -> Point:
    x, y = text.split(",")
    return float(x), float(y)


SILHOUETTES: dict[str, Silhouette] = {
    name: Silhouette(_drawn(drawing), from_hex(colour), place, size)
    for name, (colour, place, size, drawing) in {**ANIMALS, **THINGS, **ABSTRACT}.items()
}

ABSTRACT_NOUNS = tuple(ABSTRACT)

_OTHER_WORDS = {
    "cat": "kitten kitty lynx tiger lion panther",
    "dog": "puppy hound corgi wolf",
    "rabbit": "bunny hare",
    "bird": "raven crow eagle swallow parrot seagull dragon",
    "owl": "owlet",
    "fish": "koi goldfish shark",
    "whale": "orca dolphin",
    "boat": "ship sailboat yacht sail",
    "castle": "fortress palace citadel",
    "house": "cottage cabin hut home barn village",
    "lighthouse": "tower",
    "tree": "oak maple bonsai",
    "robot": "android droid mech",
    "figure": "man woman girl boy person child knight wizard astronaut samurai princess traveller traveler portrait",
    "balloon": "airship zeppelin",
    "flower": "rose tulip sunflower lotus poppy",
    "rocket": "spaceship",
    "mushroom": "toadstool",
    "fox": "foxes vixen",
}
_MEANT = {other: name for name, others in _OTHER_WORDS.items() for other in others.split()}


def noun_of(word: str) -> str | None:
    """The known thing a word means, in singular or plural, if any."""
    for form in (word, word.removesuffix("s"), word.removesuffix("es")):
        name = _MEANT.get(form, form)
        if name in SILHOUETTES and name not in ABSTRACT:
            return name
    return None
