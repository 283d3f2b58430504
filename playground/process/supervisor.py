"""The bot over several lives: started, killed on demand, started again."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from playground.process.bot_process import BotProcess


class BotState(StrEnum):
    """How the bot's process stands."""

    RUNNING = "running"
    KILLED = "killed"  # on demand
    ENDED = "ended"  # by itself


class BotSupervisor:
    """Keeps one bot; leaving the context ends it in order. `listeners` hear of every change of its state.

    Args:
        new_process: a bot that has not been started yet, one for each life.
    """

    def __init__(self, new_process: Callable[[], BotProcess]) -> None:
        self.listeners: list[Callable[[], None]] = []
        self.state = BotState.ENDED
        self.code: int | None = None  # what the last life ended with
        self.lives = 0
        self._left = False
        self._new_process = new_process
        self._turn = asyncio.Lock()
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._turn:
            self._left = True  # a start that still waits for the lock must not leave a process behind
            self._watching.cancel()
            await self._process.__aexit__(kind, error, trace)

    @property
    def pid(self) -> int | None:
        """The number of its process, while it runs."""
        return self._process.pid if self.state is BotState.RUNNING else None

    @property
    def last_lines(self) -> list[str]:
        """Its last output."""
        return list(self._process.tail)

    async def start(self) -> None:
        """Start it, unless it runs."""
        async with self._turn:
            await self._begin()

    async def kill(self) -> None:
        """Kill it without a chance to clean up; returns when the process has exited."""
        async with self._turn:
            await self._finish()

    async def restart(self, pause: float = 0.0) -> None:
        """Kill it and start it again after a pause in seconds."""
        async with self._turn:
            await self._finish()
            await asyncio.sleep(pause)
            await self._begin()

    async def ended(self) -> int:
        """The exit code, once it has ended by itself; being killed on demand is no end."""
        return await asyncio.shield(self._end)

    async def _begin(self) -> None:
        if self._left or self.state is BotState.RUNNING:
            return
        process = self._new_process()
        self._process = await process.__aenter__()
        self.lives += 1
        self._watching = asyncio.create_task(self._watch(process))
        self._become(BotState.RUNNING)

    async def _finish(self) -> None:
        if self.state is not BotState.RUNNING:
            return
        self._watching.cancel()
        self._process.kill()
        self.code = await self._process.exited()
        self._become(BotState.KILLED)

    async def _watch(self, process: BotProcess) -> None:
        self.code = await process.exited()
        self._become(BotState.ENDED)
        self._end.set_result(self.code)

    def _become(self, state: BotState) -> None:
        self.state = state
        for listener in self.listeners:
            listener()
