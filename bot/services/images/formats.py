"""Images as bytes: their formats, and what is made of them. Nothing here decodes: that is done in `workers`."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import UserError


class ImageKind(StrEnum):
    """The formats that the image API reads; the value is the file extension."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"


class VideoKind(StrEnum):
    """The formats of videos that Discord plays; the value is the file extension."""

    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    WEBP = "webp"
    GIF = "gif"


class ImageError(UserError):
    """The picture can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video ready for upload; width and height in pixels after rotation, 0 for a video.

    `is_video` also for moving pictures, whose frames would be lost if they were made smaller.
    """

    data: bytes = field(repr=False)
    filename: str
    width: int = 0
    height: int = 0
    is_video: bool = False


def sniff(data: bytes) -> ImageKind | None:
    """The format, by the first bytes; None when it is unknown."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return ImageKind.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ImageKind.WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return ImageKind.GIF
    return None


_STILL_BRANDS = frozenset({b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
"""Brands of ISO base media files that hold pictures (ISO/IEC 23008-12)."""

_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide"})
"""Boxes that QuickTime files without a brand begin with."""

_GIF_FRAME = re.compile(rb"\x00\x21\xf9\x04.{4}\x00[\x2c\x21]", re.DOTALL)
"""The graphic control extension before each frame of an animated GIF (w3.org/Graphics/GIF/spec-gif89a.txt)."""

_ANIMATION_FLAG = 0x02
"""In the flags of a WEBP's VP8X chunk (developers.google.com/speed/webp/docs/riff_container)."""


def sniff_video(data: bytes) -> VideoKind | None:
    """The format of a video or moving picture, by its first bytes; None for anything else, stills included."""
    box, brand = data[4:8], data[8:12]
    if box == b"ftyp":
        if brand in _STILL_BRANDS | _AUDIO_BRANDS:
            return None
        return VideoKind.MOV if brand == b"qt  " else VideoKind.MP4
    if box in _QUICKTIME_BOXES:
        return VideoKind.MOV
    # Matroska begins alike and names another type in its header; Discord does not play it.
    if data.startswith(b"\x1aE\xdf\xa3") and b"webm" in data[:64]:
        return VideoKind.WEBM
    return _sniff_moving_picture(data)


def _sniff_moving_picture(data: bytes) -> VideoKind | None:
    match sniff(data):
        case ImageKind.WEBP if data[12:16] == b"VP8X" and data[20:21] and data[20] & _ANIMATION_FLAG:
            return VideoKind.WEBP
        case ImageKind.GIF if len(_GIF_FRAME.findall(data)) > 1:
            return VideoKind.GIF
        case _:
            return None
