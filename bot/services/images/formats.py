"""Images as bytes: their formats, and what is made of them. Nothing here decodes: that is done in `workers`."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import UserError


class ImageKind(StrEnum):
    """The formats that the image API reads; the value is the file extension."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    GIF = "gif"


class ImageError(UserError):
    """The picture can't be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or video ready for upload; width and height in pixels after rotation, 0 for a video."""

    data: bytes = field(repr=False)
    filename: str
    width: int = 0
    height: int = 0


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
