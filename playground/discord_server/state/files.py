"""Files that were uploaded, by the bot or by members, and the addresses they are served at."""

import io
import mimetypes
import re
from dataclasses import dataclass

from PIL import Image

from playground.discord_server.base.clock import Snowflakes
from playground.discord_server.base.json import Json

from .signed_urls import DAY, UrlSigner, path_of, unsigned

COMMANDS = "uploads"
"""The folder of what members give to commands and forms."""

COMMANDS_SECONDS = 14 * DAY
"""How long that is kept. Discord says only that it removes these files after a while."""


@dataclass(frozen=True)
class Upload:
    """A file as it is uploaded."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass
class Files:
    """The store behind `/attachments/...`; lives as long as the server."""

    snowflakes: Snowflakes
    url_signer: UrlSigner
    base_url: str = ""

    def __post_init__(self) -> None:
        # path → content type and bytes
        self._data: dict[str, tuple[str, bytes]] = {}
        self.by_id: dict[str, Json] = {}

    def keep(self, folder: str, upload: Upload) -> Json:
        """Store a file and get its attachment object."""
        attachment_id = self.snowflakes.next()
        filename = safe_name(upload.filename)
        content_type = upload.content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        path = f"{folder}/{attachment_id}/{filename}"
        self._data[path] = (content_type, upload.data)
        url = self.url_signer.signed(f"{self.base_url}/attachments/{path}")
        attachment = {
            "id": attachment_id,
            "filename": filename,
            "size": len(upload.data),
            "url": url,
            "proxy_url": url,
            "content_type": content_type,
        }
        self.by_id[attachment_id] = {**attachment, **picture_size(upload.data, content_type)}
        return self.by_id[attachment_id]

    def upload(self, attachment_id: str) -> Upload:
        """A kept file as it was handed in; KeyError when there is none of that id."""
        kept = self.by_id[attachment_id]
        content_type, data = self._data[path_of(kept["url"])]
        return Upload(kept["filename"], data, content_type)

    def read(self, path: str) -> tuple[str, bytes] | None:
        """The content type and bytes served at a path; None where there is no file, or none any more."""
        folder, _, rest = path.partition("/")
        if folder == COMMANDS and path in self._data:
            ended = self.snowflakes.age(rest.partition("/")[0]) >= COMMANDS_SECONDS
            return None if ended else self._data[path]
        return self._data.get(path)

    def refreshed(self, address: str) -> str | None:
        """The address of a file with a new signature; None when it is none of this server's."""
        known = address.startswith(f"{self.base_url}/attachments/") and self.read(path_of(address)) is not None
        return self.url_signer.signed(unsigned(address)) if known else None


def safe_name(filename: str) -> str:
    """The name as Discord keeps it: nothing but word characters, dots and dashes."""
    return re.sub(r"[^\w.\-]+", "_", filename).strip("._") or "unknown"


def picture_size(data: bytes, content_type: str) -> Json:
    """Width and height of a picture; empty for anything else."""
    if not content_type.startswith("image/"):
        return {}
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return {"width": picture.width, "height": picture.height}
    except (OSError, ValueError, Image.DecompressionBombError):
        return {}
