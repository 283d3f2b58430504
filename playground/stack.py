"""Both servers and the bot between them, alive together."""

import asyncio
import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from playground.discord_server import DiscordServer
from playground.imaginepro import PATHS, Simulator
from playground.process.bot_process import BOT_COMMAND, BotProcess, bot_environment
from playground.process.log_tail import LogTail
from playground.process.ports import free_port
from playground.process.supervisor import BotSupervisor

PAGE = Path(__file__).resolve().parent / "web"
KEY = "sk-playground"
DATABASES = ("bot.db*", "bot.workflows.db*")

Say = Callable[[str], None]
Routes = Callable[["Stack"], Iterable[web.RouteDef]]


class Stack:
    """A local Discord, a simulated API and the real bot; the bot comes last and goes first.

    `bot_log` keeps the bot's last log lines, over all its processes; `ending` is set before everything closes.

    Args:
        port: where the local Discord listens; when it is taken a free port is used and printed.
        speed: pace of the simulated jobs; 1 is real.
        data: where the bot keeps its database; None for a folder that is removed at the end.
        say: hears what the bot says, line by line.
        command: what starts the bot.
        stop_seconds: seconds the bot has to end when it is asked to.
        page: the folder of the chat page; None for no page.
        extra_routes: further routes of the local Discord's address.
    """

    def __init__(
        self,
        *,
        port: int,
        speed: float,
        data: Path | None,
        say: Say,
        command: Sequence[str] = BOT_COMMAND,
        stop_seconds: float = 10.0,
        page: Path | None = PAGE,
        extra_routes: Routes = lambda _: (),
    ) -> None:
        self._port, self._speed, self._data, self._say = port, speed, data, say
        self._command, self._stop_seconds = command, stop_seconds
        self._page, self._extra_routes = page, extra_routes
        self._reset = asyncio.Event()
        self.ending = asyncio.Event()
        self.bot_log = LogTail()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as exits:
            folder = data_folder(self._data, exits)
            self.api = await exits.enter_async_context(Simulator(port=0, key=KEY, speed=self._speed))
            self.discord = await self._open_discord(exits)
            environment = bot_environment(_settings(self.api, self.discord, folder))

            def new_process() -> BotProcess:
                return BotProcess(environment, folder, self._forward, self._command, self._stop_seconds)

            self.bot = await exits.enter_async_context(BotSupervisor(new_process))
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        await self._exits.aclose()

    def request_reset(self) -> None:
        """Ask for a restart without any data; the caller that opened the stack carries it out."""
        self._reset.set()

    async def reset_requested(self) -> None:
        """Returns once that was asked for."""
        await self._reset.wait()

    def _forward(self, line: str) -> None:
        self.bot_log.add(line)
        self._say(f"bot │ {line}")

    async def _open_discord(self, exits: AsyncExitStack) -> DiscordServer:
        try:
            return await exits.enter_async_context(self._discord(self._port))
        except OSError as error:
            if self._port == 0:
                raise
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
            self._say(f"Port {self._port} {reason}, so a free one is used.")
            return await exits.enter_async_context(self._discord(0))

    def _discord(self, port: int) -> DiscordServer:
        return DiscordServer(port=port, page=self._page, extra_routes=self._extra_routes(self))


def data_folder(wished: Path | None, exits: AsyncExitStack) -> Path:
    """The folder for the bot's database; without a wish a new one, removed when `exits` closes."""
    if wished is None:
        made = tempfile.TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True)
        return Path(exits.enter_context(made))
    wished.mkdir(parents=True, exist_ok=True)
    return wished.resolve()


def forget(data: Path) -> None:
    """Remove the databases of a bot that does not run."""
    for file in (found for pattern in DATABASES for found in data.glob(pattern)):
        file.unlink()


def _settings(api: Simulator, discord: DiscordServer, folder: Path) -> dict[str, str]:
    web_port = free_port()
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "IMAGINEPRO_API_KEY": KEY,
        "IMAGINEPRO_BASE_URL": api.url,
        "DATABASE_URL": f"sqlite:///{(folder / 'bot.db').as_posix()}",
        # Jobs are faster here than in real life, so they are looked at more often; replies are edited not much oftener.
        "POLL_SECONDS": "2",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
        "LOG_FORMAT": "console",
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "WEB_PORT": str(web_port),
        "IMAGINEPRO_DIY": "true",
        "OPERATOR_GUILD_ID": discord.world.guild.id,
        **PATHS,
    }
