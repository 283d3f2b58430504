"""The bot's processes: ended at any moment, and started again as often as that happens."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from struct import pack
from types import TracebackType
from typing import Self

from playground.process.ports import free_port
from tests.chaos.hasty_bot import CLOCK
from tests.end_to_end.place import Place
from tests.end_to_end.running_bot import RunningBot

COMMAND = (sys.executable, "-m", "tests.chaos.hasty_bot")
_EXPECTED = (0, -9, -15)
"""How a process may end: well, killed, or asked to end before it could hear that. Otherwise it must give its reason."""

_REASONS = ("The database can't be used", "Discord can't be reached", "Discord did not let the bot start")


class Fleet:
    """So many processes that serve the bot together, between entering and leaving the context.

    `runs` are all that ran, oldest first; `odd_ends` tells of those that ended otherwise than they were made to.
    """

    def __init__(self, place: Place, count: int, settings: Mapping[str, str]) -> None:
        self.place = place
        self.count = count
        self.runs: list[RunningBot] = []
        self.odd_ends: list[str] = []
        self._settings = settings
        self._alive: dict[int, RunningBot] = {}
        self._may_start = [asyncio.Event() for _ in range(count)]
        self._closing = False
        self._news = asyncio.Event()
        self._resources = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.set_clocks(0.0)
        self.let_all_start()
        self._keeping = [asyncio.create_task(self._keep(number)) for number in range(self.count)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        for bot in self._alive.values():
            bot.terminate()
        self.let_all_start()
        await asyncio.gather(*self._keeping)

    @property
    def alive(self) -> list[int]:
        """The numbers of the processes that run."""
        return sorted(self._alive)

    def kill(self, number: int) -> None:
        """End the process at once; it starts again only when it is let."""
        self._may_start[number].clear()
        self._alive[number].kill()

    def terminate(self, number: int) -> None:
        """Ask the process to end; it starts again only when it is let."""
        self._may_start[number].clear()
        self._alive[number].terminate()

    def let_start(self, number: int) -> None:
        """Start the process again, now or as soon as it has ended."""
        self._may_start[number].set()

    def let_all_start(self) -> None:
        """Let none of them stay away."""
        for number in range(self.count):
            self.let_start(number)

    def set_clocks(self, ahead: float) -> None:
        """Let the clock of every process be so many seconds ahead, of those to come as well."""
        for number in range(self.count):
            self.set_clock(number, ahead)

    def set_clock(self, number: int, ahead: float) -> None:
        """Let the clock of this process, and of its successors, be so many seconds ahead."""
        path = self._clock(number)
        path.touch()
        # In place: the process has this very file open.
        with path.open("r+b") as file:
            file.write(pack("d", ahead))

    async def all_ready(self) -> None:
        """Return once every process runs and has connected its shards."""
        while len(self._alive) < self.count:
            self._news.clear()
            await self._news.wait()
        for bot in list(self._alive.values()):
            await bot.says('"ready"')

    async def _keep(self, number: int) -> None:
        while not self._closing:
            bot = self._bot(number)
            self.runs.append(bot)
            async with bot:
                self._alive[number] = bot
                self._news.set()
                code = await bot.exit_code(timeout=3600)
                del self._alive[number]
            if code not in _EXPECTED:
                last = " ".join(bot.lines[-1:])
                if not any(reason in last for reason in _REASONS):
                    self.odd_ends.append(f"process {number} ended with {code}: {last}")
                await asyncio.sleep(1.0)  # as whatever watches over it would
            await self._may_start[number].wait()

    def _bot(self, number: int) -> RunningBot:
        port = str(free_port())
        own = {
            "CLUSTER_ID": str(number),
            "CLUSTER_COUNT": str(self.count),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WEB_PORT": port,
            CLOCK: str(self._clock(number)),
        }
        return RunningBot({**self.place.settings, **own, **self._settings}, self.place.folder, command=COMMAND)

    def _clock(self, number: int):
        return self.place.folder / f"clock-{number}"
