"""Known things as simple shapes in a unit box (y down, standing on y = 1)."""

from __future__ import annotations

from dataclasses import dataclass

from .colours import Colour

Point = tuple[float, float]
# kind: "p" polygon, "c" closed curve through its corners, "e" ellipse in a box of two corners.
Shape = tuple[str, str, tuple[Point, ...]]


@dataclass(frozen=True)
class Silhouette:
    """Shapes painted in order; a shape's role is a (own colour), b (light), d (dark), k (ink), w (lit)."""

    shapes: tuple[Shape, ...]
    colour: Colour
    place: str = "ground"
    size: float = 1.0


SILHOUETTES: dict[str, Silhouette] = {}


def noun_of(word: str) -> str | None:
    """The known thing a word means, if any."""
    return word if word in SILHOUETTES else None
