"""Whether the bot is connected to the local Discord: waiting for it to be, or not to be."""

import asyncio

from playground.discord_server import DiscordServer
from playground.script.failures import Absent

PATIENCE = 60.0  # seconds: a bot that needs longer to start or to be missed does neither


async def bot_is_back(discord: DiscordServer) -> None:
    """Returns once the bot is online; raises `Absent` when it does not come."""
    await _until(discord, True, "the bot did not come online")


async def bot_is_gone(discord: DiscordServer) -> None:
    """Returns once Discord has noticed that a killed bot is no longer there; raises `Absent` when it does not."""
    await _until(discord, False, "the bot was killed and is still online")


async def _until(discord: DiscordServer, online: bool, otherwise: str) -> None:
    gateway, changed = discord.core.gateway, asyncio.Event()

    def hear(_: bool) -> None:
        changed.set()

    gateway.listeners.append(hear)
    try:
        async with asyncio.timeout(PATIENCE):
            while gateway.online is not online:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        raise Absent(f"{otherwise} within {PATIENCE:g} s") from None
    finally:
        gateway.listeners.remove(hear)
