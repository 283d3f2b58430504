"""A picture: a world, the part in view, and how large it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .view import View
    from .world import World


@dataclass(frozen=True)
class Patch:
    """A region that shows another world: white in the mask (a picture file's bytes), which covers `view`."""

    mask: bytes
    view: View
    world: World


@dataclass(frozen=True)
class Inlay:
    """Another picture (a file's bytes) that is part of the scene, covering `view`."""

    file: bytes
    view: View


@dataclass(frozen=True)
class Picture:
    """One drawing; `side` is the side in pixels of a square of the same area."""

    world: World
    view: View
    side: int
    caption: str = ""
    detail: int = 0
    number: int | None = None
    patches: tuple[Patch, ...] = ()
    inlays: tuple[Inlay, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, both even so that a grid of four has whole tiles."""
        ratio = (self.view.w / self.view.h) ** 0.5
        return max(2, round(self.side * ratio / 2) * 2), max(2, round(self.side / ratio / 2) * 2)
