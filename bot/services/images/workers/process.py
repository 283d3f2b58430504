"""One worker process, as the bot sees it."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, cast

from bot.services.images.frames import LENGTHS, MAX_BODY, MAX_HEADER, Frame

_PROJECT = Path(__file__).parents[4]
_EXIT_SECONDS = 1.0
_COMMAND = (sys.executable, "-m", "bot.services.images.decoding")
_VARIABLES = frozenset(
    {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP"}
)
"""What a worker gets of the bot's environment: an image that takes it over must not find the bot's secrets there."""


class WorkerDied(Exception):
    """The worker ended before it answered; `code` is its exit code, negative for a signal, None if it lives on."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"an image worker ended with code {code}")
        self.code = code


class WorkerProcess(asyncio.SubprocessProtocol):
    """A process that does one task at a time. Standard multiprocessing would import the whole bot into it."""

    def __init__(self) -> None:
        self._answers = asyncio.StreamReader()
        self._unread = 0
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._exited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ends = False

    @classmethod
    async def start(cls) -> Self:
        """A new process. Raises OSError where none can be started."""
        loop = asyncio.get_running_loop()
        known = {name: value for name, value in os.environ.items() if name.upper() in _VARIABLES}
        _, worker = await loop.subprocess_exec(
            cls, *_COMMAND, stderr=asyncio.subprocess.DEVNULL, cwd=_PROJECT, env=known
        )
        return worker

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._transport.get_pid()

    @property
    def is_alive(self) -> bool:
        """Whether the process can take a task."""
        return not self._ends and self._transport.get_returncode() is None

    async def ask(self, frame: Frame) -> Frame:
        """The worker's answer. Raises WorkerDied."""
        stdin = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
        stdin.write(frame.encoded())
        if frame.body:
            stdin.write(frame.body)
        try:
            header_size, body_size = LENGTHS.unpack(await self._answers.readexactly(LENGTHS.size))
            if header_size > MAX_HEADER or body_size > MAX_BODY:
                raise WorkerDied(None)
            header: dict[str, Any] = json.loads(await self._answers.readexactly(header_size))
            body = await self._answers.readexactly(body_size)
        except asyncio.IncompleteReadError:
            raise WorkerDied(await self._exit_code()) from None
        except ValueError:
            raise WorkerDied(None) from None
        self._unread -= LENGTHS.size + header_size + body_size
        return Frame(header, body)

    async def _exit_code(self) -> int | None:
        """The code of a worker that writes no more; None if it has not ended nevertheless."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_SECONDS):
                await asyncio.shield(self._exited)
        return self._transport.get_returncode()

    def end(self) -> None:
        """End the process at once, whatever it does."""
        self._ends = True
        self._transport.close()

    async def closed(self) -> None:
        """Wait until the process has ended. Call `end` first, unless it ends by itself."""
        await asyncio.shield(self._closed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Called by the event loop."""
        self._unread += len(data)
        if self._unread > LENGTHS.size + MAX_HEADER + MAX_BODY:
            # No answer is as long: a hostile image has made it write.
            self.end()
            return
        self._answers.feed_data(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Called by the event loop."""
        if fd == 1:
            self._answers.feed_eof()

    def process_exited(self) -> None:
        """Called by the event loop."""
        if not self._exited.done():
            self._exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop, when the process has ended and its pipes are closed."""
        self._answers.feed_eof()
        if not self._closed.done():
            self._closed.set_result(None)
