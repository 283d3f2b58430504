"""Files that clients have uploaded for later jobs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from time import time


@dataclass
class UploadedFile:
    """A place for one file, empty until it is sent with the token."""

    path: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    data: bytes | None = None
    content_type: str = ""


class UploadedFiles(dict[str, UploadedFile]):
    """All places by their paths."""

    def reserve(self, filename: str) -> UploadedFile:
        """A new place for a file of this name."""
        place = UploadedFile(f"{int(time() * 1000)}-{filename}")
        self[place.path] = place
        return place
