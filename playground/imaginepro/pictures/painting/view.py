"""The part of a world that a picture shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

# No side may become so long or so short that the drawing is no longer a picture.
_WIDEST = 4.0


@dataclass(frozen=True)
class View:
    """A rectangle of the world: its centre, width and height (a picture's first height is 1, y points down)."""

    x: float
    y: float
    w: float
    h: float

    @classmethod
    def of_aspect(cls, width: int, height: int) -> View:
        """The first view of a world, for an aspect ratio like 3:2."""
        ratio = min(max(width / height, 1 / _WIDEST), _WIDEST)
        return cls(0.0, 0.5, max(ratio, 0.0), 1.0) if ratio >= 1 else cls(0.0, 0.5, 1.0, 1 / ratio)

    @property
    def left(self) -> float:
        return self.x - self.w / 2

    @property
    def top(self) -> float:
        return self.y - self.h / 2

    @property
    def square(self) -> bool:
        return abs(self.w - self.h) < 0.01 * max(self.w, self.h)

    def wider(self, factor: float) -> View:
        """Zoomed out about the centre."""
        return replace(self, w=self.w * factor, h=self.h * factor)

    def panned(self, dx: int, dy: int, share: float = 0.5) -> View:
        """Extended by a share of itself in one direction, the rest staying in view."""
        return View(
            self.x + dx * self.w * share / 2,
            self.y + dy * self.h * share / 2,
            self.w * (1 + abs(dx) * share),
            self.h * (1 + abs(dy) * share),
        )

    def squared(self) -> View:
        """Extended on its shorter side until it is square."""
        side = max(self.w, self.h)
        return replace(self, w=side, h=side)

    def contains(self, x: float, y: float) -> bool:
        return abs(x - self.x) <= self.w / 2 and abs(y - self.y) <= self.h / 2
