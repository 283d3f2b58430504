"""What can be done with images, each in a worker process."""

from collections.abc import Collection, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from bot.per_member import PerMember
from bot.services.images.formats import ImageError, Upload
from bot.services.images.frames import Frame
from bot.services.images.inputs import ImageUse, PreparedImage
from bot.services.images.masks import MaskError
from bot.services.images.workers.pool import Failed, Refused, TookTooLong, WorkerPool
from bot.services.images.workers.turns import MemoryBudget
from bot.services.prompt.text import quoted
from bot.timings import DEFAULT_TIMINGS, Timings

MOST_OF_MEMBER = 12
"""Images of one member that may be in work at the same time: as many as two large commands have."""

_MEMORY = 320 * 1024**2
"""Bytes for all images that are decoded at the same time."""

_RESULTS = "results"


class ImageWorkers:
    """Decodes images in processes of its own, which end when the context is left.

    Images of members wait for each other, a member's next one behind those of all others. Results have a worker of
    their own, so that they never wait for images of members.
    """

    def __init__(self, timings: Timings = DEFAULT_TIMINGS) -> None:
        self.memory = MemoryBudget(_MEMORY)
        self._inputs = WorkerPool(2, 1, self.memory, timings)
        self._results = WorkerPool(1, 1, self.memory, timings)
        self._in_work = PerMember(MOST_OF_MEMBER, _too_many)
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for pool in (self._inputs, self._results):
            await self._resources.enter_async_context(pool)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the worker processes that run now."""
        return (*self._inputs.pids, *self._results.pids)

    @contextmanager
    def images_of(self, member: int, count: int) -> Generator[None]:
        """Count these images of the member while they are read and prepared. Raises ImageError for too many."""
        with self._in_work.taken(member, count):
            yield

    async def prepare(self, data: bytes, name: str, use: ImageUse, *, member: int) -> PreparedImage:
        """The member's picture as this use requires it. Raises ImageError when it can't be used.

        `name` is only for messages.
        """
        options = {"name": name, "use": {**asdict(use), "kinds": sorted(use.kinds)}}
        try:
            answer = await self._inputs.done(member, "prepare", options, data)
        except Refused as refusal:
            raise ImageError(refusal.text) from None
        except TookTooLong:
            raise ImageError(
                f"{quoted(name)} takes too long to read. Save it again as a PNG or JPEG, or use another image."
            ) from None
        except Failed:
            raise ImageError(f"{quoted(name)} can't be read. Save it again or use another image.") from None
        return PreparedImage(answer.body if answer.header["changed"] else None, **answer.header["done"])

    async def fit(self, data: bytes, max_bytes: int) -> Upload:
        """The result in at most `max_bytes`: unchanged when it fits, else encoded again and shrunk if needed.

        Raises ImageError when the bytes are no picture, or can't be made small enough.
        """
        try:
            answer = await self._fitted(data, {"max_bytes": max_bytes})
        except Refused as refusal:
            raise ImageError(refusal.text) from None
        except Failed:
            raise ImageError("The image can't be shown here. Open the original instead.") from None
        return Upload(answer.body if answer.header["changed"] else data, **answer.header["done"])

    async def _fitted(self, data: bytes, options: dict[str, Any]) -> Frame:
        try:
            return await self._results.done(_RESULTS, "fit", options, data)
        except TookTooLong:
            raise
        except Failed:
            # A machine without memory ends workers, too; a result is worth a second try.
            return await self._results.done(_RESULTS, "fit", options, data)

    async def check_mask(self, data: bytes, width: int, height: int, *, member: int) -> bytes:
        """The member's mask as a PNG of one bit a pixel, of the picture's `width` and `height` in pixels.

        Raises MaskError when it is no PNG or WebP of this size, or nothing in it is white.
        """
        return await self._mask(member, "check_mask", {"width": width, "height": height}, data)

    async def grid_mask(self, cells: Collection[int], width: int, height: int, *, member: int) -> bytes:
        """A mask of the chosen cells of a three by three grid, 0 to 8 from the top left, row by row.

        Raises MaskError when no cell is chosen, or one outside the grid.
        """
        return await self._mask(member, "grid_mask", {"cells": sorted(cells), "width": width, "height": height}, b"")

    async def lacking_formats(self) -> list[str]:
        """The names of the formats that Pillow can't read or write here. Raises ImageError when no worker runs."""
        try:
            return (await self._results.done(_RESULTS, "lacking_formats", {})).header["done"]["lacking"]
        except Failed:
            raise ImageError("no image worker can be started; the log says why.") from None

    async def _mask(self, member: int, task: str, options: dict[str, Any], data: bytes) -> bytes:
        with self.images_of(member, 1):
            try:
                return (await self._inputs.done(member, task, options, data)).body
            except Refused as refusal:
                raise MaskError(refusal.text) from None
            except Failed:
                raise MaskError("The mask can't be read. Paint it in the editor and send it again.") from None


def _too_many() -> ImageError:
    return ImageError(
        f"You can have {MOST_OF_MEMBER} images in work at the same time, and with these there would be more. "
        "Wait until the earlier ones are done, then send these again."
    )
