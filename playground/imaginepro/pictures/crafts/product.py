"""What a craft needs (`Recipe`) and what it makes (`Product`)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

# The text chunk of a PNG file that holds the prompt it was drawn from.
PROMPT_CHUNK = "Description"
_EXTENSIONS = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg", "video/mp4": "mp4"}


@dataclass(frozen=True)
class Product:
    """Files of one type, and texts; `several` when the record lists all files in `images`."""

    files: tuple[bytes, ...] = ()
    content_type: str = "image/png"
    texts: tuple[str, ...] = ()
    several: bool = False

    def outcome(self, url: str, job_id: str) -> dict[str, Any]:
        """The fields of a finished record: addresses of the files, and the texts."""
        extension = _EXTENSIONS[self.content_type]
        addresses = [f"{url}/cdn/made/{job_id}-{number}.{extension}" for number in range(len(self.files))]
        fields: dict[str, Any] = {"uri": addresses[0], "originalUrl": addresses[0]} if addresses else {}
        if self.several:
            fields["images"] = addresses
        return {**fields, "response": {"content": list(self.texts)}} if self.texts else fields


@dataclass(frozen=True)
class Recipe:
    """Pictures to fetch, and the craft that makes a product of them."""

    addresses: tuple[str, ...]
    make: Callable[[list[Image.Image]], Product]


def png(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    return encoded(image, "PNG")


def encoded(image: Image.Image, form: str, quality: int = 90) -> bytes:
    """The picture as a file of that form."""
    buffer = io.BytesIO()
    image.save(buffer, form, quality=quality)
    return buffer.getvalue()
