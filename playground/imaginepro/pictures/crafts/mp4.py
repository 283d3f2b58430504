"""MP4 files: AV1 video, encoded by Pillow's AVIF encoder.

An animated AVIF is an MP4 file whose track is declared as pictures, with a still for viewers that don't animate. The
differences are changed in place, so that no offset moves: brands, handler and durations. What belongs to pictures alone
becomes free space (ISO/IEC 14496-12, AV1 Codec ISO Media File Format Binding). Browsers play it as a video.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, ImageSequence

_PICTURES = (b"avis", b"avif", b"avis", b"msf1", b"iso8", b"mif1", b"miaf")
_VIDEO = (b"isom", b"isom", b"av01", b"iso6", b"iso8", b"mp41", b"mp42")
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia"})
_UNKNOWN_DURATION = b"\xff" * 8


class _Box(NamedTuple):
    """A box of the file: its type, and where its content begins and ends."""

    name: bytes
    start: int
    end: int


def mp4(frames: list[Image.Image], milliseconds: int) -> bytes:
    """The frames, each shown for so long, as an MP4 file. Sides have to be even."""
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "AVIF",
        save_all=True,
        append_images=frames[1:],
        duration=milliseconds,
        speed=10,
        quality=60,
        # The format every player has to read: 4:2:0, 8 bit.
        subsampling="4:2:0",
    )
    return _as_video(bytearray(buffer.getvalue()))


def frames_of(film: bytes) -> list[Image.Image]:
    """The frames of a file that `mp4` made."""
    with Image.open(io.BytesIO(_as_pictures(bytearray(film)))) as opened:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(opened)]


def _as_video(data: bytearray) -> bytes:
    _exchange_brands(data, _VIDEO)
    boxes = list(_boxes(data, 0, len(data)))
    duration = next(bytes(data[box.start + 24 : box.start + 32]) for box in boxes if box.name == b"mdhd")
    for box in boxes:
        match box.name:
            case b"meta" | b"edts":
                data[box.start - 4 : box.start] = b"free"
            case b"hdlr":
                data[box.start + 8 : box.start + 12] = b"vide"
            case b"mvhd":
                _set_duration(data, box.start + 24, duration)
            case b"tkhd":
                _set_duration(data, box.start + 28, duration)
            case _:
                pass
    return bytes(data)


def _as_pictures(data: bytearray) -> bytes:
    _exchange_brands(data, _PICTURES)
    boxes = list(_boxes(data, 0, len(data)))
    # The first free space was the still for viewers that don't animate.
    still = next(box for box in boxes if box.name == b"free")
    data[still.start - 4 : still.start] = b"meta"
    for box in boxes:
        if box.name == b"hdlr":
            data[box.start + 8 : box.start + 12] = b"pict"
    return bytes(data)


def _exchange_brands(data: bytearray, brands: tuple[bytes, ...]) -> None:
    major, *others = brands
    content = next(_boxes(data, 0, len(data)))
    room = (content.end - content.start - 8) // 4
    listed = [others[min(number, len(others) - 1)] for number in range(room)]
    data[content.start : content.end] = major + bytes(4) + b"".join(listed)


def _set_duration(data: bytearray, place: int, duration: bytes) -> None:
    """Pillow's encoder leaves the length of a film that repeats endlessly open."""
    if data[place : place + 8] == _UNKNOWN_DURATION:
        data[place : place + 8] = duration


def _boxes(data: bytearray, start: int, end: int) -> Iterator[_Box]:
    """The boxes in this part of the file, those inside the containers that matter here included."""
    while start < end:
        size = int.from_bytes(data[start : start + 4])
        box = _Box(bytes(data[start + 4 : start + 8]), start + 8, start + size)
        yield box
        if box.name in _CONTAINERS:
            yield from _boxes(data, box.start, box.end)
        start += size
