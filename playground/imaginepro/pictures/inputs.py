"""Input pictures by address: fetched within limits and opened."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import aiohttp
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from concurrent.futures import Executor

_MOST_BYTES = 12 * 1024 * 1024
_MOST_PIXELS = 50_000_000


class NotAPicture(Exception):
    """The address gave no picture; the text is what the job fails with."""


class InputPictures:
    """Reads picture addresses, and opens what is there in the threads of a pool."""

    def __init__(self, web: aiohttp.ClientSession, threads: Executor) -> None:
        self._web, self._threads = web, threads

    async def pictures(self, addresses: tuple[str, ...]) -> list[Image.Image]:
        """The pictures at these addresses, five at most, upright. Raises NotAPicture."""
        loop = asyncio.get_running_loop()
        return [
            await loop.run_in_executor(self._threads, _opened, each, await self._fetch(each)) for each in addresses[:5]
        ]

    async def _fetch(self, address: str) -> bytes:
        try:
            async with self._web.get(address) as reply:
                if reply.status != 200:
                    raise NotAPicture(f"Could not fetch the image: {address} answered {reply.status}.")
                data = await reply.content.read(_MOST_BYTES + 1)
                while len(data) <= _MOST_BYTES and (more := await reply.content.read(_MOST_BYTES)):
                    data += more
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise NotAPicture(f"Could not fetch the image: {address} could not be reached.") from problem
        if len(data) > _MOST_BYTES:
            raise NotAPicture(f"The image at {address} is too large.")
        return data


def _opened(address: str, data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > _MOST_PIXELS:
            raise NotAPicture(f"The image at {address} is too large.")
        image.load()
        return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as problem:
        raise NotAPicture(f"The link {address} is not an image Midjourney can read.") from problem
