"""Edits of messages older than an hour, for which discord.py may wait until Discord's limit allows one more."""

import asyncio
from collections.abc import Awaitable, Callable


class OldMessageEdits:
    """Makes the edits of each message in the order in which they are asked for, however long one takes.

    `patience` is how many seconds a caller waits for its edit.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._latest: dict[int, asyncio.Task[None]] = {}

    async def make(self, message_id: int, edit: Callable[[], Awaitable[object]]) -> None:
        """Make the edit. Raises `TimeoutError` when it takes longer than a caller waits; it is made nevertheless."""
        task = asyncio.create_task(_after(self._latest.get(message_id), edit))
        self._latest[message_id] = task
        task.add_done_callback(lambda ended: self._on_end(message_id, ended))
        # Not cancelled: a request that is left alone would overtake the later ones of this message.
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if not done:
            raise TimeoutError
        task.result()

    def _on_end(self, message_id: int, ended: "asyncio.Task[None]") -> None:
        if self._latest.get(message_id) is ended:
            del self._latest[message_id]
        if not ended.cancelled():
            # Marks the error of a late answer as seen, or asyncio would log it.
            ended.exception()


async def _after(earlier: "asyncio.Task[None] | None", edit: Callable[[], Awaitable[object]]) -> None:
    if earlier is not None:
        await asyncio.wait({earlier})
    await edit()
