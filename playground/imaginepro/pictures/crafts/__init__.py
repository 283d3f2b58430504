"""What the service makes of pictures it is given: each craft takes pictures and gives a product."""

from .blending import laid_in, swapped
from .cutting import cut_out
from .describing import described
from .drawing import drawn
from .editing import edited, enlarged
from .filming import extended, filmed

__all__ = [
    "cut_out",
    "described",
    "drawn",
    "edited",
    "enlarged",
    "extended",
    "filmed",
    "laid_in",
    "swapped",
]
