"""A picture put into words: what can be read from it and what can be seen in it."""

from __future__ import annotations

from PIL import Image, ImageStat

from playground.imaginepro.pictures.painting.colours import main_colours

from .product import PROMPT_CHUNK, Product, png

# fmt: off
_NAMES = {
    "black": (12, 12, 14), "white": (245, 245, 245), "grey": (128, 128, 128), "red": (205, 30, 35),
    "orange": (240, 135, 30), "yellow": (245, 220, 50), "green": (35, 150, 55), "teal": (25, 145, 145),
    "blue": (35, 75, 205), "sky blue": (130, 190, 235), "purple": (120, 45, 160), "pink": (240, 130, 180),
    "brown": (115, 70, 35), "beige": (225, 205, 170),
}
# fmt: on
_MANNERS = (
    "{what}, {light}, in {colours} --ar {ratio}",
    "a {shape} picture of {what}, {colours} tones --ar {ratio}",
    "{what}, mostly {first}, {light}, soft edges --ar {ratio}",
    "study in {colours}: {what}, {light}, {shape} format --ar {ratio}",
)


def described(pictures: list[Image.Image]) -> Product:
    """Four prompts for the picture, and a copy of it."""
    image = pictures[0]
    names = _colours(image)
    facts = {
        "what": str(image.info.get(PROMPT_CHUNK) or "an abstract composition"),
        "colours": " and ".join(names[:3]),
        "first": names[0],
        "light": _light(image),
        "shape": _shape(image),
        "ratio": "1:1" if _shape(image) == "square" else "3:2" if image.width > image.height else "2:3",
    }
    return Product((png(image.convert("RGB")),), texts=tuple(manner.format(**facts) for manner in _MANNERS))


def _colours(image: Image.Image) -> list[str]:
    """Names of the main colours, the most common first, none twice."""
    return list(dict.fromkeys(_named(colour) for colour in main_colours(image)))


def _named(colour: tuple[int, int, int]) -> str:
    return min(_NAMES, key=lambda name: sum((a - b) ** 2 for a, b in zip(_NAMES[name], colour, strict=True)))


def _light(image: Image.Image) -> str:
    level = ImageStat.Stat(image.convert("L")).mean[0]
    return "dark and moody" if level < 85 else "bright and airy" if level > 170 else "evenly lit"


def _shape(image: Image.Image) -> str:
    ratio = image.width / image.height
    return "wide" if ratio > 1.1 else "tall" if ratio < 0.9 else "square"
