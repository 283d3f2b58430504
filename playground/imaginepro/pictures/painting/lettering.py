"""The small writing on a picture: the words it was made from, and a tile's number."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def letter(image: Image.Image, caption: str, number: int | None) -> None:
    """Write in the lower left corner, lightly enough not to spoil the picture."""
    size = max(9, min(image.size) // 34)
    x, y = size, image.height - 2 * size
    draw = ImageDraw.Draw(image, "RGBA")
    if number is not None:
        draw.ellipse((x - size * 0.3, y - size * 0.35, x + size * 1.4, y + size * 1.35), (10, 12, 20, 150))
        draw.text((x + size * 0.55, y + size * 0.5), str(number), (255, 255, 255, 235), _font(size), anchor="mm")
        x += round(size * 1.9)
    # The built-in font knows Latin letters only; boxes in place of others would look broken.
    words = "".join(sign for sign in caption if sign.isprintable() and ord(sign) < 0x180).strip()
    line = words if len(words) <= 42 else words[:41] + "…"
    for offset, colour in ((max(1, size // 14), (0, 0, 0, 110)), (0, (255, 255, 255, 205))):
        draw.text((x + offset, y + size * 0.5 + offset), line, colour, _font(size), anchor="lm")
