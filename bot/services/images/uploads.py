"""Inputs of jobs in the image API's own storage, where the operator has turned that on."""

import asyncio
import logging
import secrets

from bot.imaginepro import ImagineProClient, ImagineProError
from bot.services.images.formats import ImageKind, sniff

log = logging.getLogger(__name__)

_CONTENT_TYPES = {kind: f"image/{'jpeg' if kind is ImageKind.JPEG else kind.value}" for kind in ImageKind}


class InputUploads:
    """Uploads images that jobs start from. `seconds` is how long one may take, its turn at the API included."""

    def __init__(self, api: ImagineProClient, *, seconds: float) -> None:
        self._api = api
        self._seconds = seconds

    async def url_of(self, data: bytes) -> str | None:
        """A URL at which the API finds this image for a day, under a name that can't be guessed.

        None if the upload has failed, which the log says: the image is then given to the API in another way.
        """
        kind = sniff(data)
        if kind is None:
            return None
        name = f"{secrets.token_hex(16)}.{kind.value}"
        try:
            async with asyncio.timeout(self._seconds):
                return await self._api.upload_image(name, data, _CONTENT_TYPES[kind])
        except TimeoutError:
            reason = "it took too long"
        except ImagineProError as error:
            reason = error.text
        log.warning("an image could not be uploaded to ImaginePro, so it is given by its URL at Discord: %s", reason)
        return None
