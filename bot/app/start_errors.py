"""Why the bot could not start, or had to end: one line that says what to do next."""

import aiohttp
import discord
from sqlalchemy.exc import SQLAlchemyError

from bot.client.requests.errors import describe
from bot.services.cluster.workflows import EngineFailed
from bot.store import UnusableDatabase, why_unusable
from bot.web import PortTaken

_TOKEN = "Discord refused DISCORD_TOKEN. Copy it again from the bot's page in the developer portal."  # noqa: S105
_CLOSED = {
    4004: _TOKEN,
    4010: "Discord does not know the shards of this process (4010). Check SHARD_IDS, SHARD_COUNT and CLUSTER_COUNT.",
    4011: "Discord wants more shards for the bot's servers (4011). Raise SHARD_COUNT as docs/scaling.md says.",
    4013: "Discord refused the bot's intents (4013). Update the bot.",
    4014: "Discord refused the bot's intents (4014). Check the application in the developer portal.",
}


def explain(error: BaseException, database_url: str) -> str | None:
    """The line for an error that ends a start; None for a fault of the bot's own."""
    match error:
        case UnusableDatabase() | SQLAlchemyError() | EngineFailed():
            return f"The database can't be used: {why_unusable(error, database_url)}"
        case PortTaken():
            return (
                f"The web side can't listen at WEB_HOST and WEB_PORT: {error}. End what uses that port, or change them."
            )
        case discord.DiscordException() | aiohttp.ClientError():
            return _of_discord(error)
        case OSError():
            return f"The bot could not start: {error}."
        case _:
            return None


def _of_discord(error: discord.DiscordException | aiohttp.ClientError) -> str | None:
    match error:
        case discord.LoginFailure():
            return _TOKEN
        case discord.PrivilegedIntentsRequired():
            return _CLOSED[4014]
        case discord.ConnectionClosed():
            return _CLOSED.get(
                error.code, f"Discord ended the connection for good ({error.code}). Start the bot again."
            )
        case discord.HTTPException():
            return f"Discord did not let the bot start ({describe(error)}). Check DISCORD_TOKEN and DISCORD_API_URL."
        case discord.GatewayNotFound() | aiohttp.ClientError():
            return f"Discord can't be reached ({describe(error)}). Check the network and DISCORD_API_URL."
        case _:
            return None
