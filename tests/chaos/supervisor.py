"""Runs the bot's processes and restarts those that end."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from struct import pack
from types import TracebackType
from typing import Self

from playground.process.ports import free_port
from tests.chaos.fast_bot import CLOCK
from tests.end_to_end.environment import Environment
from tests.end_to_end.running_bot import RunningBot

COMMAND = (sys.executable, "-m", "tests.chaos.fast_bot")
_EXPECTED = (0, -9, -15)
"""Exit codes that need no reason: success, SIGKILL, and SIGTERM before its handler was installed."""

_START_SECONDS = 180.0
"""How long a start may take on a busy machine."""

_END_SECONDS = 60.0
"""How long after SIGTERM a process may take to end, the time for which it is stopped included."""

_CHECK_SECONDS = 0.2

_REASONS = ("The database can't be used", "Discord can't be reached", "Discord did not let the bot start")


class Supervisor:
    """Keeps the processes of one bot running between entering and leaving the context.

    Each of `database_urls` is the database as one process reaches it. `runs` are all processes, oldest first;
    `unexpected_exits` are lines about those that ended by themselves.
    """

    def __init__(self, environment: Environment, database_urls: Sequence[str], settings: Mapping[str, str]) -> None:
        self.environment = environment
        self.count = len(database_urls)
        self._database_urls = database_urls
        self.runs: list[RunningBot] = []
        self.unexpected_exits: list[str] = []
        self._settings = dict(settings)
        self._alive: dict[int, RunningBot] = {}
        self._frozen: set[int] = set()
        self._may_start = [asyncio.Event() for _ in range(self.count)]
        self._closing = False
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.set_clocks(0.0)
        self.allow_all_starts()
        self._tasks = [asyncio.create_task(self._supervise(number)) for number in range(self.count)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        for bot in self._alive.values():
            bot.thaw()
            bot.terminate()
        self.allow_all_starts()
        await asyncio.gather(*self._tasks)

    @property
    def awake(self) -> list[int]:
        """The numbers of the processes that run and are not stopped."""
        return sorted(self._alive.keys() - self._frozen)

    def change(self, **settings: str) -> None:
        """Change settings of the processes that are started from now on."""
        self._settings |= settings

    def freeze(self, number: int) -> None:
        """Stop the process where it is (SIGSTOP), until `thaw`."""
        self._frozen.add(number)
        self._alive[number].freeze()

    def thaw(self, number: int) -> None:
        """Let the process go on, if it is still there."""
        self._frozen.discard(number)
        if number in self._alive:
            self._alive[number].thaw()

    def restart(self, number: int) -> None:
        """Send the process SIGTERM, if it runs; it starts again once it has ended."""
        if number in self._alive:
            self._alive[number].terminate()

    def kill(self, number: int) -> None:
        """Kill the process; it starts again after `allow_start`."""
        self._may_start[number].clear()
        self._alive[number].kill()

    def terminate(self, number: int) -> None:
        """Send the process SIGTERM; it starts again after `allow_start`."""
        self._may_start[number].clear()
        self._alive[number].terminate()

    def allow_start(self, number: int) -> None:
        """Start the process again, now or as soon as it has ended."""
        self._may_start[number].set()

    def allow_all_starts(self) -> None:
        """Start every process that does not run."""
        for number in range(self.count):
            self.allow_start(number)

    def set_clocks(self, ahead: float) -> None:
        """Set the clocks of all processes, also of later ones, this many seconds ahead."""
        for number in range(self.count):
            self.set_clock(number, ahead)

    def set_clock(self, number: int, ahead: float) -> None:
        """Set the clock of this process, and of its successors, this many seconds ahead."""
        path = self._clock_file(number)
        path.touch()
        # Written in place, as the running process has the file mapped into memory.
        with path.open("r+b") as file:
            file.write(pack("d", ahead))

    async def all_ready(self) -> None:
        """Wait until every process runs and has connected its shards."""
        async with asyncio.timeout(_START_SECONDS):
            # One that is being restarted never becomes ready, its successor does.
            while not self._is_ready():  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(_CHECK_SECONDS)

    def _is_ready(self) -> bool:
        bots = list(self._alive.values())
        return len(bots) == self.count and all(bot.lines_with('"ready"') for bot in bots)

    async def _supervise(self, number: int) -> None:
        while not self._closing:
            bot = self._bot(number)
            self.runs.append(bot)
            async with bot:
                self._alive[number] = bot
                code = await self._exit_code(number, bot)
                del self._alive[number]
                self._frozen.discard(number)
            if code not in _EXPECTED:
                last = " ".join(bot.lines[-1:])
                if not any(reason in last for reason in _REASONS):
                    self.unexpected_exits.append(f"process {number} ended with {code}: {last}")
                await asyncio.sleep(1.0)  # the restart delay of a supervisor
            await self._may_start[number].wait()

    async def _exit_code(self, number: int, bot: RunningBot) -> int:
        """The exit code of the process, which is killed if it does not end after SIGTERM."""
        while True:
            with suppress(TimeoutError):
                return await bot.exit_code(timeout=_CHECK_SECONDS)
            if bot.terminated_at is not None and time.monotonic() > bot.terminated_at + _END_SECONDS:
                self.unexpected_exits.append(f"process {number} went on after SIGTERM: {' '.join(bot.lines[-1:])}")
                bot.kill_now()
                return await bot.exit_code()

    def _bot(self, number: int) -> RunningBot:
        port = str(free_port())
        own = {
            "CLUSTER_ID": str(number),
            "CLUSTER_COUNT": str(self.count),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WEB_PORT": port,
            "DATABASE_URL": self._database_urls[number],
            CLOCK: str(self._clock_file(number)),
        }
        return RunningBot(
            {**self.environment.settings, **own, **self._settings}, self.environment.folder, command=COMMAND
        )

    def _clock_file(self, number: int):
        return self.environment.folder / f"clock-{number}"
