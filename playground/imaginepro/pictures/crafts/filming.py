"""Films as MP4 files: between two frames, of a picture in four ways, one cut out of four, longer ones."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageOps

from playground.imaginepro.pictures.painting import Picture, paint, tile_boxes

from .mp4 import frames_of, mp4
from .product import Product

_LONGEST = 480
_SIDE = 320
_FRAMES = 12
_MILLISECONDS = 100
# How much of the picture the camera crosses.
_HIGH, _LOW = 0.3, 0.1
# Four ways to move: towards the picture, away from it, to the right, downwards.
_WAYS = 4


def filmed(pictures: list[Image.Image]) -> Product:
    """The first frame turning into the second."""
    start = _even(pictures[0].convert("RGB"))
    end = ImageOps.fit(pictures[1].convert("RGB"), start.size)
    return _film([Image.blend(start, end, step / (_FRAMES - 1)) for step in range(_FRAMES)])


def animated(picture: Picture, *, high: bool) -> Product:
    """The picture in motion, in four ways: one film of 2×2."""
    small = paint(replace(picture, side=min(picture.side, _SIDE), number=None, detail=0)).convert("RGB")
    return _film(_four_ways([small], high=high))


def cut_out_of_four(film: bytes, number: int) -> Product:
    """Film 1 to 4 of a film of 2×2."""
    frames = frames_of(film)
    box = tile_boxes(frames[0].size)[number - 1]
    return _film([frame.crop(box) for frame in frames])


def extended(film: bytes, *, high: bool = True) -> Product:
    """The film, and after it a slow approach to its last frame."""
    frames = frames_of(film)
    return _film([*frames, *_moved(frames[-1], 0, _HIGH if high else _LOW)])


def extended_in_four_ways(film: bytes, *, high: bool) -> Product:
    """The film and how it may go on, in four ways: one film of 2×2."""
    return _film(_four_ways(frames_of(film), high=high))


def _four_ways(begun: list[Image.Image], *, high: bool) -> list[Image.Image]:
    """The frames four times beside and below each other, and after them four movements over the last."""
    motion = _HIGH if high else _LOW
    w, h = begun[-1].size
    films = [[*begun, *_moved(begun[-1], way, motion)] for way in range(_WAYS)]
    sheets: list[Image.Image] = []
    for four in zip(*films, strict=True):
        sheet = Image.new("RGB", (w * 2, h * 2))
        for box, frame in zip(tile_boxes(sheet.size), four, strict=True):
            sheet.paste(frame, box[:2])
        sheets.append(sheet)
    return sheets


def _moved(still: Image.Image, way: int, motion: float) -> list[Image.Image]:
    """The camera's way over a still picture."""
    w, h = still.size
    frames: list[Image.Image] = []
    for step in range(1, _FRAMES + 1):
        done = step / _FRAMES * motion
        left, top, part = {
            0: (done / 2, done / 2, 1 - done),
            1: ((motion - done) / 2, (motion - done) / 2, 1 - motion + done),
            2: (done, motion / 2, 1 - motion),
            3: (motion / 2, done, 1 - motion),
        }[way]
        frames.append(still.resize((w, h), box=(left * w, top * h, (left + part) * w, (top + part) * h)))
    return frames


def _even(picture: Image.Image) -> Image.Image:
    """The picture with a longest side that suits a film, and both sides even."""
    picture.thumbnail((_LONGEST, _LONGEST))
    return picture.resize((max(2, picture.width // 2 * 2), max(2, picture.height // 2 * 2)))


def _film(frames: list[Image.Image]) -> Product:
    return Product((mp4(frames, _MILLISECONDS),), "video/mp4")
