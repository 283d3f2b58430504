"""The upload of an image to ImaginePro's storage, so that a job can start from it.

The call is not documented. Clients of the API use it, and the storage answers like Supabase's, whose signed upload URL
names the public one.
"""

from pathlib import PurePosixPath
from urllib.parse import quote

from yarl import URL

from bot.imaginepro import parsing
from bot.imaginepro.errors import PictureGone, ServerFault
from bot.imaginepro.http.base import Api
from bot.imaginepro.http.rate_limit import LimitClass, Priority
from bot.imaginepro.http.transport import Call

_SIGNED, _PUBLIC = "/object/upload/sign/", "/object/public/"
_STORAGE = "https://image.imaginepro.ai/storage/v1/object/public/image/"
"""Where clients read their uploads, for a signed URL of another form."""


class Uploads(Api):
    """Uploads of images."""

    async def upload_image(self, filename: str, data: bytes, content_type: str) -> str:
        """The public URL of this image, with the suffix of `filename`. Free; the image is kept for a day.

        The image is read back once, as no page documents where it can be read. Raises `PictureGone` where it can't.
        """
        call = Call(
            "POST", "/discord/image/upload/url", body={"filename": filename}, repeatable=True, rank=Priority.FREE
        )
        fields = parsing.json_object(await self._request(call))
        signed, path = parsing.web_url(fields.get("signedUrl")), parsing.text(fields.get("path"))
        token = parsing.text(fields.get("token"))
        if signed is None or path is None or not path.endswith(PurePosixPath(filename).suffix):
            raise ServerFault(status=200)
        if token is not None and not (token.isascii() and token.isprintable()):
            # It can't be sent in a header.
            raise ServerFault(status=200)
        await self._retries.run(LimitClass.GENERAL, lambda: self._storage.put(signed, data, content_type, token=token))
        url = _public_url(signed, path)
        stored = await self._retries.run(LimitClass.PROGRESS, lambda: self._downloads.fetch(url, max_bytes=len(data)))
        if stored.data != data:
            raise PictureGone
        return url


def _public_url(signed: str, path: str) -> str:
    url = URL(signed, encoded=True)
    if _SIGNED not in url.raw_path:
        return _STORAGE + quote(path, safe="")
    return str(url.origin().with_path(url.raw_path.replace(_SIGNED, _PUBLIC, 1), encoded=True))
