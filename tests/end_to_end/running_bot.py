"""`python -m bot` as a process of its own: what it says, and how it is ended."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from playground.discord_server.base.waiting import WAIT_SECONDS
from playground.process.bot_process import BOT_COMMAND, BotProcess, bot_environment


class RunningBot:
    """The bot, configured by environment variables alone. Leaving the context ends it as an operator would.

    `lines` are what it said, `heard` also when, in seconds.
    """

    def __init__(
        self, settings: Mapping[str, str], folder: Path, *arguments: str, command: Sequence[str] = BOT_COMMAND
    ) -> None:
        self.lines: list[str] = []
        self.heard: list[tuple[float, str]] = []
        self._process = BotProcess(bot_environment(settings), folder, self._hear, (*command, *arguments))
        self._news = asyncio.Event()
        self._struck = False

    async def __aenter__(self) -> Self:
        await self._process.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.__aexit__(kind, error, trace)

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does; only the first call counts."""
        self._strike(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end; only the first call counts."""
        self._strike(signal.SIGTERM)

    async def exit_code(self, timeout: float = WAIT_SECONDS) -> int:
        """How it ended, once it has (seconds)."""
        async with asyncio.timeout(timeout):
            return await self._process.exited()

    async def says(self, words: str, timeout: float = WAIT_SECONDS) -> str:
        """The first line, said or still to be said, that holds the words (seconds)."""
        async with asyncio.timeout(timeout):
            while not (found := self.about(words)):
                self._news.clear()
                await self._news.wait()
        return found[0]

    def about(self, words: str) -> list[str]:
        """The lines said so far that hold the words."""
        return [line for line in self.lines if words in line]

    def _strike(self, number: signal.Signals) -> None:
        if not self._struck:
            self._struck = True
            os.kill(self._process.pid, number)

    def _hear(self, line: str) -> None:
        self.lines.append(line)
        self.heard.append((time.monotonic(), line))
        self._news.set()
