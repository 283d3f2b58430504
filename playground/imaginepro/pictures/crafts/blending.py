"""Several pictures in one: all of them laid into a scene, or a face swapped."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageOps

from playground.imaginepro.pictures.painting import Inlay, View

from .product import Product, png

_CARD = 256


def laid_in(pictures: list[Image.Image]) -> tuple[Inlay, ...]:
    """Every picture as a card, side by side across the middle of a first square view."""
    width = 0.9 / len(pictures)
    cards = [png(ImageOps.fit(picture.convert("RGB"), (_CARD, _CARD))) for picture in pictures]
    lefts = [-0.45 + (number + 0.5) * width for number in range(len(cards))]
    side = min(width * 0.92, 0.4)
    return tuple(Inlay(card, View(x, 0.5, side, side)) for card, x in zip(cards, lefts, strict=True))


def swapped(pictures: list[Image.Image]) -> Product:
    """The target (second) with the middle of the source (first), where its face would be, in a round badge."""
    source, target = (picture.convert("RGB") for picture in pictures)
    side = max(8, min(target.size) // 2)
    shape = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(shape).ellipse((0, 0, side * 2 - 1, side * 2 - 1), fill=255)
    # Portraits have the face above the middle.
    face = ImageOps.fit(source, (side, side), centering=(0.5, 0.35))
    corner = (target.width - side) // 2, round((target.height - side) * 0.35)
    target.paste(face, corner, shape.resize((side, side), Image.Resampling.LANCZOS))
    return Product((png(target),))
