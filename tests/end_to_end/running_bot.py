"""`python -m bot` as a process of its own, with its log lines and its exit code."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from playground.discord_server.base.waiting import WAIT_SECONDS
from playground.process.bot_process import BOT_COMMAND, BotProcess, bot_environment


class RunningBot:
    """A bot process, configured by environment variables alone. Leaving the context ends it by a signal.

    `lines` are its log lines, `timed_lines` the same with the time of each in seconds. `terminated_at` is when SIGTERM
    was sent (`time.monotonic`), None before.
    """

    def __init__(
        self, settings: Mapping[str, str], folder: Path, *arguments: str, command: Sequence[str] = BOT_COMMAND
    ) -> None:
        self.lines: list[str] = []
        self.timed_lines: list[tuple[float, str]] = []
        self._process = BotProcess(bot_environment(settings), folder, self._add_line, (*command, *arguments))
        self._new_line = asyncio.Event()
        self._signalled = False
        self.terminated_at: float | None = None

    async def __aenter__(self) -> Self:
        await self._process.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.__aexit__(kind, error, trace)

    def kill(self) -> None:
        """Send SIGKILL; only the first signal is sent."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM; only the first signal is sent."""
        if not self._signalled:
            self.terminated_at = time.monotonic()
        self._signal(signal.SIGTERM)

    def kill_now(self) -> None:
        """Send SIGKILL, also after another signal."""
        self._pass(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process where it is, as a machine does that is moved or out of memory; `thaw` lets it go on."""
        self._pass(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._pass(signal.SIGCONT)

    async def exit_code(self, timeout: float = WAIT_SECONDS) -> int:
        """The exit code, once the process has ended; `timeout` in seconds."""
        async with asyncio.timeout(timeout):
            return await self._process.exited()

    async def wait_for_line(self, words: str, timeout: float = WAIT_SECONDS) -> str:
        """The first log line with these words, past or future; `timeout` in seconds."""
        async with asyncio.timeout(timeout):
            while not (found := self.lines_with(words)):
                self._new_line.clear()
                await self._new_line.wait()
        return found[0]

    def lines_with(self, words: str) -> list[str]:
        """The log lines so far that contain these words."""
        return [line for line in self.lines if words in line]

    def _signal(self, number: signal.Signals) -> None:
        if not self._signalled:
            self._signalled = True
            os.kill(self._process.pid, number)

    def _pass(self, number: signal.Signals) -> None:
        # It may have been killed while it was stopped.
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def _add_line(self, line: str) -> None:
        self.lines.append(line)
        self.timed_lines.append((time.monotonic(), line))
        self._new_line.set()
