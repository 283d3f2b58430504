"""The bot as a process of its own: started, listened to, ended."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

BOT_COMMAND = (sys.executable, "-m", "bot")
ROOT = Path(__file__).resolve().parents[2]

# What any program needs to run at all. Tokens and keys of the person who starts the playground are not among it.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE")


def bot_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A minimal environment with these settings and nothing of the person's own configuration."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **settings}


class BotProcess:
    """A running bot. Leaving the context asks it to end, waits, and ends it for good if it does not."""

    def __init__(
        self,
        environment: Mapping[str, str],
        folder: Path,
        forward: Callable[[str], None],
        command: Sequence[str] = BOT_COMMAND,
        stop_seconds: float = 10.0,
    ) -> None:
        self.tail: deque[str] = deque(maxlen=15)
        self._command = command
        self._environment = environment
        self._folder = folder  # its working directory: a .env of the person's project is not in it
        self._forward = forward
        self._stop_seconds = stop_seconds

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, so that the bot is ended once and in order
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            await self._end()
        await self._reading

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it at once, without a chance to put anything in order."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def exited(self) -> int:
        """The exit code, once the bot has ended and its output is forwarded."""
        await asyncio.shield(self._reading)
        return await self._process.wait()

    async def _end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(self._stop_seconds):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    async def _read(self) -> None:
        async for line in self._lines():
            self.tail.append(line)
            self._forward(line)

    async def _lines(self) -> AsyncIterator[str]:
        # Not readline(): it raises on very long lines, and a bot whose pipe is not read stops when the pipe is full.
        stream = self._process.stdout
        rest = b""
        while stream and (chunk := await stream.read(65536)):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace").rstrip()
        if rest:
            yield rest.decode(errors="replace").rstrip()
