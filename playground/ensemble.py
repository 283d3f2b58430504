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
from playground.keeper import BotKeeper
from playground.lines import Lines
from playground.ports import free_port
from playground.processes import BOT_COMMAND, BotProcess, bot_environment

PAGE = Path(__file__).resolve().parent / "web"
KEY = "sk-playground"
DATABASES = ("bot.db*", "bot.workflows.db*")

Say = Callable[[str], None]
Routes = Callable[["Ensemble"], Iterable[web.RouteDef]]


class Ensemble:
    """A local Discord, a simulated API and the real bot; the bot comes last and goes first.

    `bot_log` keeps the last lines that the bot said, over all its lives; `ending` is set when all is about to end.

    Args:
        port: where the local Discord listens; a free port is used, and said, when it is taken.
        speed: pace of the simulated jobs; 1 is real.
        data: where the bot keeps its database; None for a folder that is removed at the end.
        say: hears what the bot says, line by line.
        command: what starts the bot.
        patience: seconds the bot has to end when it is asked to.
        page: the folder of the chat page; None for no page.
        beside: further routes of the local Discord's address.
    """

    def __init__(
        self,
        *,
        port: int,
        speed: float,
        data: Path | None,
        say: Say,
        command: Sequence[str] = BOT_COMMAND,
        patience: float = 10.0,
        page: Path | None = PAGE,
        beside: Routes = lambda _: (),
    ) -> None:
        self._port, self._speed, self._data, self._say = port, speed, data, say
        self._command, self._patience = command, patience
        self._page, self._beside = page, beside
        self._anew = asyncio.Event()
        self.ending = asyncio.Event()
        self.bot_log = Lines()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = data_folder(self._data, stack)
            self.api = await stack.enter_async_context(Simulator(port=0, key=KEY, speed=self._speed))
            self.discord = await self._open_discord(stack)
            environment = bot_environment(_settings(self.api, self.discord, folder))

            def new_process() -> BotProcess:
                return BotProcess(environment, folder, self._forward, self._command, self._patience)

            self.bot = await stack.enter_async_context(BotKeeper(new_process))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        await self._stack.aclose()

    def begin_anew(self) -> None:
        """Ask for everything to be forgotten and begun again; whoever opened this does it."""
        self._anew.set()

    async def asked_to_begin_anew(self) -> None:
        """Returns once that was asked for."""
        await self._anew.wait()

    def _forward(self, line: str) -> None:
        self.bot_log.add(line)
        self._say(f"bot │ {line}")

    async def _open_discord(self, stack: AsyncExitStack) -> DiscordServer:
        try:
            return await stack.enter_async_context(self._discord(self._port))
        except OSError as error:
            if self._port == 0:
                raise
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
            self._say(f"Port {self._port} {reason}, so a free one is used.")
            return await stack.enter_async_context(self._discord(0))

    def _discord(self, port: int) -> DiscordServer:
        return DiscordServer(port=port, page=self._page, beside=self._beside(self))


def data_folder(wished: Path | None, stack: AsyncExitStack) -> Path:
    """The folder for the bot's database; without a wish a new one, removed when the stack is left."""
    if wished is None:
        made = tempfile.TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True)
        return Path(stack.enter_context(made))
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
