"""Images from members: what the image API takes of them. `workers` checks and converts them."""

import math
from dataclasses import dataclass

from bot.services.images.formats import ImageError, ImageKind
from bot.services.prompt.text import quoted

MAX_IMAGE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImageUse:
    """The limits of one use of the image API; a picture that exceeds them is converted.

    Pictures of `kinds` with at most `max_bytes` and `max_pixels` and without animation are sent unchanged. Others
    become JPEG, or WEBP with transparency. Sides below `min_side` pixels are refused.
    """

    max_bytes: int
    max_pixels: int = 16_000_000
    min_side: int = 32
    kinds: frozenset[ImageKind] = frozenset(ImageKind)
    may_move: bool = False


IMAGE_PROMPT = ImageUse(max_bytes=1_000_000)
"""A picture to start from; the API's documentation recommends less than about 1 MB."""

WHOLE_PICTURE = ImageUse(max_bytes=MAX_IMAGE_BYTES)
"""A picture to change: no limit is documented, and the result lacks any detail that is lost here."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture ready for the API; width and height in pixels after rotation.

    `data` is None when the given bytes are sent unchanged, else the converted ones; `note` then says so.
    """

    data: bytes | None
    filename: str
    width: int
    height: int
    note: str | None = None


def check_length(size: int, name: str) -> None:
    """Raise ImageError for a file that is too large to read, before it is read."""
    if size > MAX_IMAGE_BYTES:
        megabytes, most = math.ceil(size / 1024**2), MAX_IMAGE_BYTES // 1024**2
        raise ImageError(f"{quoted(name)} has {megabytes} MB; {most} MB is the most. Use a smaller copy.")
