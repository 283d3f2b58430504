"""The playground as a whole: both servers, the bot, and the order in which they come and go."""

import asyncio
import errno
import os
import signal
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from playground.command_line import Options
from playground.discord_server import DiscordServer
from playground.imaginepro import PATHS, Simulator
from playground.presence import bot_online
from playground.processes import BOT_COMMAND, BotProcess, bot_environment

PAGE = Path(__file__).resolve().parent / "web"
KEY = "sk-playground"

Say = Callable[[str], None]


def open_page(address: str) -> None:
    """Show the page in the person's browser; a browser that blocks does not block the playground."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


async def launch(
    options: Options,
    say: Say,
    command: Sequence[str] = BOT_COMMAND,
    show: Callable[[str], None] = open_page,
    patience: float = 10.0,
) -> int:
    """Run the playground until it is told to end (0) or the bot ends by itself (1)."""
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        folder = _data_folder(options, stack)
        api = await stack.enter_async_context(Simulator(port=0, key=KEY, speed=options.speed))
        discord = await _discord(options.port, stack, say)
        environment = bot_environment(_settings(api, discord, folder))
        bot = BotProcess(environment, folder, lambda line: say(f"bot │ {line}"), command, patience)
        await stack.enter_async_context(bot)
        return await _watch(bot, discord.url, stop, say, show if options.browser else None)


async def _watch(bot: BotProcess, address: str, stop: asyncio.Event, say: Say, show: Say | None) -> int:
    stopped = asyncio.create_task(stop.wait())
    exited = asyncio.create_task(bot.exited())
    online = asyncio.create_task(bot_online(address))
    waiting = {stopped, exited, online}
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if online in done:
            online.result()
            say(f"The playground is ready: {address}  (Ctrl-C ends it)")
            if show:
                show(address)
            await asyncio.wait({stopped, exited}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        unfinished = [task for task in waiting if not task.done()]
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
    if stop.is_set():
        say("Ending the playground …")
        return 0
    _report(exited.result(), bot, say)
    return 1


def _report(code: int, bot: BotProcess, say: Say) -> None:
    say(f"The bot ended by itself with exit code {code}. Its last lines:")
    for line in bot.tail or ["(it said nothing)"]:
        say(f"  {line}")


async def _discord(port: int, stack: AsyncExitStack, say: Say) -> DiscordServer:
    try:
        return await stack.enter_async_context(DiscordServer(port=port, page=PAGE))
    except OSError as error:
        if port == 0:
            raise
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"can't be used ({error.strerror})"
        say(f"Port {port} {reason}, so a free one is used.")
        return await stack.enter_async_context(DiscordServer(port=0, page=PAGE))


def _data_folder(options: Options, stack: AsyncExitStack) -> Path:
    if options.data is None:
        made = tempfile.TemporaryDirectory(prefix="playground-", ignore_cleanup_errors=True)
        return Path(stack.enter_context(made))
    options.data.mkdir(parents=True, exist_ok=True)
    return options.data.resolve()


def _settings(api: Simulator, discord: DiscordServer, folder: Path) -> dict[str, str]:
    web_port = free_port()
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "IMAGINEPRO_API_KEY": KEY,
        "IMAGINEPRO_BASE_URL": api.url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{(folder / 'bot.db').as_posix()}",
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


def free_port() -> int:
    """A port of the loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: there Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    return stop
