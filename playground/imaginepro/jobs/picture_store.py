"""The picture store behind /cdn: files painted when first asked for and kept while there is room."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict, defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from playground.imaginepro.pictures.crafts.product import PROMPT_CHUNK
from playground.imaginepro.pictures.painting import paint_sheet, tile_boxes

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from .job import Job

_ROOM = 128 * 1024 * 1024
# At three bytes each these many pixels make a file of 13.5 MB.
_TOO_BIG = 4_500_000


class PictureStore:
    """Bytes of pictures by name. Painting happens in the threads of a pool, each picture once at a time."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._files: OrderedDict[str, bytes] = OrderedDict()
        self._painting: dict[str, asyncio.Task[bytes]] = {}
        # The ids of the jobs whose previews were handed out, by the digest of the file.
        self.jobs_of_previews: defaultdict[str, set[str]] = defaultdict(set)
        # Two at once: more would only take the processor from the event loop.
        self._brushes = asyncio.Semaphore(2)

    async def result(self, job: Job) -> bytes:
        """The job's picture as PNG: a grid or a single."""
        return await self._file(job.id, lambda: _png(paint_sheet(job.sheet), words=job.parsed.text))

    async def tile(self, job: Job, number: int) -> bytes:
        """Tile 1 to 4, cut out of the grid as it is."""
        whole = await self.result(job)
        return await self._file(f"{job.id}-{number}", lambda: _png(_cut(_open(whole), number), words=job.parsed.text))

    async def preview(self, job: Job, progress: int) -> bytes:
        """What can be made out of the picture so far, as a small WEBP."""
        whole = await self.result(job)
        data = await self._file(f"{job.id}@{progress}", lambda: _webp(_unfinished(_open(whole), progress)))
        self.jobs_of_previews[sha256(data).hexdigest()].add(job.id)
        return data

    async def oversized(self, job: Job) -> bytes:
        """The job's picture in a file of more than 12 MB: large, and not compressed."""
        return await self._file(f"{job.id}!", lambda: _uncompressed(job))

    async def close(self) -> None:
        """Let the painters finish."""
        await asyncio.gather(*self._painting.values(), return_exceptions=True)

    async def _file(self, name: str, make: Callable[[], bytes]) -> bytes:
        if name in self._files:
            self._files.move_to_end(name)
            return self._files[name]
        task = self._painting.get(name)
        if task is None:
            task = self._painting[name] = asyncio.create_task(self._paint(name, make))
        # Shielded: one visitor who leaves must not take the picture away from the others.
        return await asyncio.shield(task)

    async def _paint(self, name: str, make: Callable[[], bytes]) -> bytes:
        try:
            async with self._brushes:
                data = await asyncio.get_running_loop().run_in_executor(self._threads, make)
        finally:
            del self._painting[name]
        self._files[name] = data
        while sum(map(len, self._files.values())) > _ROOM and len(self._files) > 1:
            self._files.popitem(last=False)
        return data


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def _cut(grid: Image.Image, number: int) -> Image.Image:
    return grid.crop(tile_boxes(grid.size)[number - 1])


def _unfinished(image: Image.Image, progress: int) -> Image.Image:
    """Blurred, the less the further the job is."""
    small = image.convert("RGB")
    small.thumbnail((640, 640))
    return small.filter(ImageFilter.GaussianBlur(small.width * (100 - progress) / 100 * 0.045))


def _png(image: Image.Image, level: int = 4, words: str = "") -> bytes:
    """A PNG file; the words it was drawn from stay with it, so that they can be read from it again."""
    buffer, notes = io.BytesIO(), PngInfo()
    notes.add_itxt(PROMPT_CHUNK, words)
    image.save(buffer, "PNG", compress_level=level, pnginfo=notes)
    return buffer.getvalue()


def _webp(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=70, method=1)
    return buffer.getvalue()


def _uncompressed(job: Job) -> bytes:
    image = paint_sheet(job.sheet)
    factor = max(1.0, (_TOO_BIG / (image.width * image.height)) ** 0.5)
    larger = image.resize((round(image.width * factor), round(image.height * factor)))
    return _png(larger, level=0)
