"""Pictures drawn from words at an exact size, as Flux and Z-Image give them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image

from playground.imaginepro.pictures.painting import Picture, View, World, paint

from .product import Product, encoded

FORMS = {"png": ("PNG", "image/png"), "webp": ("WEBP", "image/webp"), "jpg": ("JPEG", "image/jpeg")}
FORMS["jpeg"] = FORMS["jpg"]


@dataclass(frozen=True)
class Canvas:
    """How many pictures, their size in pixels, and the form of their files."""

    size: tuple[int, int]
    count: int = 1
    form: str = "png"
    quality: int = 100


def drawn(words: str, canvas: Canvas) -> Product:
    """Different pictures of the words, as many as the canvas asks for."""
    form, content_type = FORMS[canvas.form]
    seed = random.randrange(2**32)
    files = [encoded(_picture(words, seed, n, canvas.size), form, canvas.quality) for n in range(canvas.count)]
    return Product(tuple(files), content_type, several=True)


def _picture(words: str, seed: int, number: int, size: tuple[int, int]) -> Image.Image:
    side = round((size[0] * size[1]) ** 0.5)
    scene = Picture(World.imagine(words, seed, number), View.of_aspect(*size), side, words)
    return paint(scene).resize(size)
