"""A picture changed: enlarged, or recoloured as an instruction says."""

from __future__ import annotations

import hashlib

from PIL import Image, ImageOps

from playground.imaginepro.pictures.painting.colours import Colour
from playground.imaginepro.pictures.painting.lettering import letter
from playground.imaginepro.pictures.painting.moods import COLOUR_WORDS

from .product import Product, png

_LONGEST = 6000


def enlarged(pictures: list[Image.Image], scale: float) -> Product:
    """The picture enlarged by a factor, up to the largest side a picture may have."""
    image = pictures[0].convert("RGBA" if pictures[0].has_transparency_data else "RGB")
    factor = min(scale, max(1.0, _LONGEST / max(image.size)))
    size = round(image.width * factor), round(image.height * factor)
    return Product((png(image.resize(size, Image.Resampling.LANCZOS)),))


def edited(pictures: list[Image.Image], instruction: str) -> Product:
    """The first picture in the colour the instruction names, the others as small cards, the words below."""
    image = pictures[0].convert("RGB")
    tint = _tint(instruction)
    # Even the shadows take the colour, so that a dark picture shows it too.
    shadow = tint[0] // 3, tint[1] // 3, tint[2] // 3
    recoloured = ImageOps.colorize(image.convert("L"), shadow, "white", mid=tint)
    result = Image.blend(image, recoloured, 0.8)
    side = max(4, min(result.size) // 4)
    for number, other in enumerate(pictures[1:]):
        result.paste(ImageOps.fit(other.convert("RGB"), (side, side)), (side * number % result.width, 0))
    letter(result, instruction, None)
    return Product((png(result),))


def _tint(instruction: str) -> Colour:
    """The first colour the instruction names, else one that belongs to its words."""
    named = [COLOUR_WORDS[word] for word in instruction.lower().replace(",", " ").split() if word in COLOUR_WORDS]
    digest = hashlib.blake2b(instruction.encode(), digest_size=3).digest()
    return named[0] if named else (digest[0], digest[1], digest[2])
