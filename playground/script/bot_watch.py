"""Watches the bot while a script is played: its log lines, and whether it is online."""

import asyncio
from collections import deque
from collections.abc import Callable

from playground.discord_server import DiscordServer
from playground.script.errors import BotOffline
from playground.script.transcript import Redactor

KEPT_LINES = 15
ONLINE_SECONDS = 60.0  # seconds: a bot that needs longer to start or to be missed does neither


class BotOutput:
    """The bot's output: printed at once with `verbose`, else its last lines on demand."""

    def __init__(self, say: Callable[[str], None], redact: Redactor, *, verbose: bool) -> None:
        self._say, self._redact, self._verbose = say, redact, verbose
        self._last: deque[str] = deque(maxlen=KEPT_LINES)

    def add(self, line: str) -> None:
        """A line of the bot."""
        if self._verbose:
            self._say(self._redact(line))
        else:
            self._last.append(self._redact(line))

    def flush(self) -> None:
        """Print the last lines that were not printed yet."""
        for line in self._last:
            self._say(line)
        self._last.clear()


async def wait_until_online(discord: DiscordServer) -> None:
    """Returns once the bot is online; raises `BotOffline` when it does not come."""
    await _until(discord, True, "the bot did not come online")


async def wait_until_offline(discord: DiscordServer) -> None:
    """Returns once Discord has noticed that a killed bot is no longer there; raises `BotOffline` when it does not."""
    await _until(discord, False, "the bot was killed and is still online")


async def _until(discord: DiscordServer, online: bool, otherwise: str) -> None:
    gateway, changed = discord.core.gateway, asyncio.Event()

    def notice(_: bool) -> None:
        changed.set()

    gateway.listeners.append(notice)
    try:
        async with asyncio.timeout(ONLINE_SECONDS):
            while gateway.online is not online:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        raise BotOffline(f"{otherwise} within {ONLINE_SECONDS:g} s") from None
    finally:
        gateway.listeners.remove(notice)
