"""Colours: the main ones of a picture, and small arithmetic with them."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

Colour = tuple[int, int, int]


def from_hex(text: str) -> Colour:
    """The colour written as six hexadecimal digits."""
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with a share (0–1) of the second in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def turned(colour: Colour, hue: float) -> Colour:
    """The colour with its hue turned by a share of the circle."""
    h, s, v = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    red, green, blue = (round(part * 255) for part in colorsys.hsv_to_rgb((h + hue) % 1, s, v))
    return red, green, blue


def brightness(colour: Colour) -> float:
    """How light it looks, 0–1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def main_colours(image: Image.Image) -> list[Colour]:
    """Up to six colours of a picture, the most common first."""
    small = image.convert("RGB").resize((48, 48)).quantize(6)
    palette, counts = small.getpalette() or [], small.getcolors() or []
    numbers = [number for _, number in sorted(counts, reverse=True) if isinstance(number, int)]
    return [(palette[3 * n], palette[3 * n + 1], palette[3 * n + 2]) for n in numbers]
