"""`python -m bot check`: checks the setup. Prints one line for each part, and how to fix a failure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import aiohttp
import discord
from discord.http import Route
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from bot.app.portal import findings
from bot.client.invitation import invitation
from bot.client.requests.errors import describe
from bot.errors import UserError
from bot.http_session import connector
from bot.imaginepro import ImagineProClient, ImagineProError
from bot.redaction import Redactor
from bot.services.cluster.workflows import EngineFailed, WorkflowEngine
from bot.services.images.formats import ImageKind
from bot.services.images.workers import ImageWorkers
from bot.settings.key_names import name_of
from bot.settings.model import Settings
from bot.store import Database, UnusableDatabase, why_unusable

_PORTAL = "Developer portal"


class _Failed(UserError):
    pass


class Mark(StrEnum):
    """How a part is, at the beginning of its line."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    """What is printed about a part."""

    mark: Mark
    part: str
    text: str


Part = Callable[[Settings], Awaitable[str | list[Line]]]
"""Returns what is good about a part, or lines about several; raises UserError for a failure."""


async def check(settings: Settings) -> int:
    """0 if all parts work, 1 otherwise. Prints a line for each part; changes nothing but the database's schema."""
    redact = Redactor(settings.secrets)

    def show(line: str) -> None:
        print(redact(line))  # noqa: T201

    show("ok      Settings: read.")
    parts: dict[str, Part] = {
        "Database": _database,
        "Pictures": _pictures,
        "Discord": _discord,
        "ImaginePro": _imaginepro,
    }
    if settings.public_url is not None:
        parts["Web side"] = _web
    failures = [name for name, part in parts.items() if not await _passes(name, part, settings, show)]
    return 1 if failures else 0


async def _passes(name: str, part: Part, settings: Settings, show: Callable[[str], None]) -> bool:
    try:
        found = await part(settings)
    except UserError as error:
        found = [Line(Mark.FAILED, name, error.text)]
    lines = [Line(Mark.OK, name, found)] if isinstance(found, str) else found
    for line in lines:
        show(f"{line.mark:<7} {line.part}: {line.text}")
    return all(line.mark is not Mark.FAILED for line in lines)


async def _database(settings: Settings) -> str:
    """Opens all that a start opens, also what the workflow engine keeps, and runs nothing."""
    url = settings.database_url.get_secret_value()
    try:
        async with Database(url) as database:
            await database.check()
            await WorkflowEngine(database.workflow_url, str(settings.cluster_id)).migrate()
            await database.check_workflows()
            return f"{database.name} is open and up to date, and so are the tables of the workflow engine."
    except (UnusableDatabase, SQLAlchemyError, EngineFailed, OSError) as error:
        raise _Failed(f"it can't be used. {_capital(why_unusable(error, url))}") from error


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


async def _pictures(_settings: Settings) -> str:
    async with ImageWorkers() as workers:
        lacking = await workers.lacking_formats()
    if lacking:
        raise _Failed(f"this Python's Pillow lacks {', '.join(lacking)}. Install it again: requirements.lock.")
    return f"{', '.join(kind.name for kind in ImageKind)} can be read and written."


async def _discord(settings: Settings) -> list[Line]:
    proxy = settings.proxies.for_url(URL(settings.discord_api_url))
    client = discord.Client(
        intents=discord.Intents(guilds=True), proxy=None if proxy is None else str(proxy), connector=connector(limit=0)
    )
    try:
        async with client:
            await client.login(settings.discord_token.get_secret_value())
            # The one that login reads, /oauth2/applications/@me, has no flags.
            application: dict[str, Any] = await client.http.request(Route("GET", "/applications/@me"))
            return [Line(Mark.OK, "Discord", f"logged in as {client.user}."), *_portal(application)]
    except discord.LoginFailure as error:
        raise _Failed(
            "the token was refused. Copy DISCORD_TOKEN again from the bot's page in the developer portal."
        ) from error
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise _Failed(f"it can't be reached ({describe(error)}). Check the network and DISCORD_API_URL.") from error
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _Failed("what answers at DISCORD_API_URL is not Discord. Check that setting.") from error


def _portal(application: Mapping[str, Any]) -> list[Line]:
    """The invitation, and what is wrong in the developer portal."""
    found = [Line(Mark.FAILED if each.fails else Mark.NOTE, _PORTAL, each.text) for each in findings(application)] or [
        Line(Mark.OK, _PORTAL, "nothing to change.")
    ]
    return [Line(Mark.OK, "Invitation", invitation(int(application["id"]))), *found]


async def _imaginepro(settings: Settings) -> str:
    async with aiohttp.ClientSession(connector=connector()) as session:
        found = [await _key(settings, key, session) for key in settings.api_keys]
    return (
        f"the key is good; {found[0]}." if len(found) == 1 else f"all {len(found)} keys are good; {'; '.join(found)}."
    )


async def _key(settings: Settings, key: SecretStr, session: aiohttp.ClientSession) -> str:
    api = ImagineProClient(
        session,
        key=key,
        base_url=settings.imaginepro_base_url,
        prefix=settings.imaginepro_prefix,
        proxy_for=settings.proxies.for_url,
    )
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
