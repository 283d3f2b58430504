"""The pictures a prompt begins with: fetched within limits, and read for their colours."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import aiohttp
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from .jobs import Colour

_MOST_BYTES = 12 * 1024 * 1024
_MOST_PIXELS = 50_000_000


class NotAPicture(Exception):
    """The address gave no picture; the text is what the job fails with."""


class ImagePrompt:
    """Reads picture addresses."""

    def __init__(self, web: aiohttp.ClientSession) -> None:
        self._web = web

    async def palette(self, addresses: tuple[str, ...]) -> tuple[Colour, ...]:
        """The main colours of all pictures together."""
        colours: list[Colour] = []
        for address in addresses[:5]:
            data = await self._fetch(address)
            colours += await asyncio.to_thread(_main_colours, address, data)
        return tuple(colours)

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


def _main_colours(address: str, data: bytes) -> list[Colour]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise NotAPicture(f"The image at {address} is too large.")
            image.draft("RGB", (128, 128))
            small = image.convert("RGB").resize((48, 48)).quantize(6)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as problem:
        raise NotAPicture(f"The link {address} is not an image Midjourney can read.") from problem
    palette, counts = small.getpalette() or [], small.getcolors() or []
    numbers = [number for _, number in sorted(counts, reverse=True) if isinstance(number, int)]
    return [(palette[3 * n], palette[3 * n + 1], palette[3 * n + 2]) for n in numbers]
