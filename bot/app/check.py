"""`python -m bot check`: checks the setup. Prints one line for each part, and how to fix a failure."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import discord
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError
from bot.settings.key_names import name_of
from bot.settings.model import Settings
from bot.store import Database


class _Failed(UserError):
    pass


async def check(settings: Settings) -> int:
    """0 if all parts work, 1 otherwise. Prints a line for each part; changes nothing but the database's schema."""
    print("ok      Settings: read.")  # noqa: T201
    parts: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("Database", _database),
        ("Discord", _discord),
        ("ImaginePro", _imaginepro),
    ]
    if settings.public_url is not None:
        parts.append(("Web side", _web))
    failures = 0
    for name, part in parts:
        try:
            print(f"ok      {name}: {await part(settings)}")  # noqa: T201
        except UserError as error:
            failures += 1
            print(f"failed  {name}: {error.text}")  # noqa: T201
    return 1 if failures else 0


async def _database(settings: Settings) -> str:
    try:
        async with Database(settings.database_url.get_secret_value()) as database:
            await database.check()
            return f"{database.name} is open and up to date."
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise _Failed(
            f"it can't be used ({reason}). Check DATABASE_URL and that its folder or server exists."
        ) from error


async def _discord(settings: Settings) -> str:
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with client:
            await client.login(settings.discord_token.get_secret_value())
            return f"logged in as {client.user}."
    except discord.LoginFailure as error:
        raise _Failed(
            "the token was refused. Copy DISCORD_TOKEN again from the bot's page in the developer portal."
        ) from error
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise _Failed(f"it can't be reached ({error}). Check the network and DISCORD_API_URL.") from error


async def _imaginepro(settings: Settings) -> str:
    async with aiohttp.ClientSession() as session:
        found = [await _key(settings, key, session) for key in settings.api_keys]
    return (
        f"the key is good; {found[0]}." if len(found) == 1 else f"all {len(found)} keys are good; {'; '.join(found)}."
    )


async def _key(settings: Settings, key: SecretStr, session: aiohttp.ClientSession) -> str:
    api = ImagineProClient(session, key=key, base_url=settings.imaginepro_base_url, prefix=settings.imaginepro_prefix)
    try:
        account = await api.account()
    except ImagineProError as error:
        which = "" if len(settings.api_keys) == 1 else f"key {settings.api_keys.index(key) + 1}: "
        raise _Failed(f"{which}{error.text} Check IMAGINEPRO_API_KEY and IMAGINEPRO_BASE_URL.") from error
    plan = f"plan {account.plan}, " if account.plan else ""
    balance = "unknown" if account.balance is None else account.balance
    return f"{plan}{balance} credits left (its name in logs is {name_of(key.get_secret_value())})"


async def _web(settings: Settings) -> str:
    try:
        server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), settings.web_host, settings.web_port
        )
    except OSError as error:
        raise _Failed(
            f"it can't listen at {settings.web_host}:{settings.web_port} ({error.strerror}). Unless the bot is running "
            "there now, check WEB_HOST and WEB_PORT."
        ) from error
    server.close()
    await server.wait_closed()
    return f"it can listen at {settings.web_host}:{settings.web_port}; members reach it at {settings.public_url}."
