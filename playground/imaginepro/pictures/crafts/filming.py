"""A moving picture between two frames, as an animated WEBP."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, ImageSequence

from .product import Product

_LONGEST = 480
_FRAMES = 12


def filmed(pictures: list[Image.Image]) -> Product:
    """The first frame turning into the second."""
    start = pictures[0].convert("RGB")
    start.thumbnail((_LONGEST, _LONGEST))
    end = ImageOps.fit(pictures[1].convert("RGB"), start.size)
    return _film([Image.blend(start, end, step / (_FRAMES - 1)) for step in range(_FRAMES)])


def extended(film: bytes) -> Product:
    """The film, and after it a slow approach to its last frame."""
    with Image.open(io.BytesIO(film)) as opened:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(opened)]
    last = frames[-1]
    w, h = last.size
    margins = [step / _FRAMES * 0.15 for step in range(1, _FRAMES + 1)]
    return _film([*frames, *(last.resize((w, h), box=(w * m, h * m, w * (1 - m), h * (1 - m))) for m in margins)])


def _film(frames: list[Image.Image]) -> Product:
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=100,
        loop=0,
        quality=70,
        method=0,
        minimize_size=False,
        # Every frame stays a frame of its own, even where nothing moves.
        allow_mixed=False,
    )
    return Product((buffer.getvalue(),), "image/webp")
