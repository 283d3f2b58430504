"""What the service makes of pictures it is given: each craft takes pictures and gives a product."""

from .blending import laid_in, swapped
from .cutting import cut_out
from .describing import described
from .drawing import drawn
from .editing import edited, enlarged
from .filming import animated, cut_out_of_four, extended, extended_in_four_ways, filmed

__all__ = [
    "animated",
    "cut_out",
    "cut_out_of_four",
    "described",
    "drawn",
    "edited",
    "enlarged",
    "extended",
    "extended_in_four_ways",
    "filmed",
    "laid_in",
    "swapped",
]
