"""Pictures drawn from words: a small endless landscape that can be varied, zoomed, panned and enlarged."""

from .canvas import paint, paint_sheet, tile_boxes
from .picture import Inlay, Patch, Picture
from .view import View
from .world import World

__all__ = ["Inlay", "Patch", "Picture", "View", "World", "paint", "paint_sheet", "tile_boxes"]
