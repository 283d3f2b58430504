"""Registers the bot's commands at Discord, for as long as it takes: jobs and buttons don't need them."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.http import Route

from bot.client.requests.errors import describe, is_away
from bot.client.requests.retries import DiscordOutage, until_answered
from bot.timings import Timings

if TYPE_CHECKING:
    Tree = app_commands.CommandTree[Any]

log = logging.getLogger(__name__)

_GLOBAL_FIELDS = frozenset({"contexts", "integration_types", "dm_permission"})
"""Fields of globally-scoped commands (Discord's documentation, application command structure)."""

_KEPT = "Commands that were registered before keep working"
_ENTRY_POINT_LEFT_OUT = 50240
"""Discord's error code for a list of commands without the entry point of the application's Activity, of type 4."""

_REQUEST_FIELDS = frozenset({
    "id", "type", "name", "name_localizations", "description", "description_localizations", "options",
    "default_member_permissions", "contexts", "integration_types", "nsfw", "handler",
})  # fmt: skip
"""What a registered command and the request that registers it have in common."""


def is_known_type(command_type: object) -> bool:
    """Whether discord.py knows commands of this type, a number; none stands for slash commands."""
    return command_type is None or command_type in [each.value for each in discord.AppCommandType]


class CommandRegistration:
    """The registration of the tree's commands; `operator_guild` is the server of the operator's, if there is one."""

    def __init__(self, tree: "Tree", timings: Timings, operator_guild: int | None) -> None:
        self._tree = tree
        self._timings = timings
        self._operator_guild = operator_guild
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, and return when the commands are registered, or after a few seconds without that."""
        self._task = asyncio.create_task(self._run())
        await asyncio.wait({self._task}, timeout=self._timings.commands_wait)

    def stop(self) -> None:
        """Give up what is not registered yet."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            log.info("commands are registered", extra={"commands": await self._persistently()})
            if self._operator_guild is not None:
                await self._register_operator_commands(self._operator_guild)
        except Exception:
            log.exception("the commands can't be registered. %s.", _KEPT)

    async def _persistently(self) -> int:
        return await until_answered(
            self._registered,
            outage=_Registration(),
            on=lambda error: is_away(error) or isinstance(error, discord.HTTPException),
            first_pause=self._timings.discord_retry,
            longest_pause=self._timings.commands_retry,
        )

    async def _registered(self) -> int:
        """Register the commands once; returns how many there are then."""
        try:
            return len(await self._tree.sync())
        except discord.HTTPException as error:
            if error.code != _ENTRY_POINT_LEFT_OUT:
                raise
        return await self._beside_entry_point()

    async def _beside_entry_point(self) -> int:
        """Register the commands along with those of types that discord.py does not know, as they are."""
        http, application_id = self._tree.client.http, self._tree.client.application_id
        assert application_id is not None  # noqa: S101  # known since the login
        route = Route("GET", "/applications/{application_id}/commands", application_id=application_id)
        there: list[dict[str, Any]] = await http.request(route, params={"with_localizations": "true"})
        kept = [_as_request(each) for each in there if not is_known_type(each.get("type"))]
        own = [command.to_dict(self._tree) for command in self._tree.get_commands()]
        log.info("the entry point of the application's Activity is kept", extra={"commands": len(kept)})
        return len(await http.bulk_upsert_global_commands(application_id, payload=[*own, *kept]))

    async def _register_operator_commands(self, guild_id: int) -> None:
        """Register the operator's commands in their server, or remove them."""
        try:
            await self._replace_guild_commands(guild_id)
        except discord.HTTPException as error:
            log.warning("the operator's commands can't be set in the server OPERATOR_GUILD_ID: %s", describe(error))

    async def _replace_guild_commands(self, guild_id: int) -> None:
        """Replace the commands of a server. `tree.sync` would send fields that only global commands may have."""
        client = self._tree.client
        if client.application_id is None:
            raise app_commands.MissingApplicationID
        commands = self._tree.get_commands(guild=discord.Object(guild_id))
        payload = [_without_global_fields(command.to_dict(self._tree)) for command in commands]
        await client.http.bulk_upsert_guild_commands(client.application_id, guild_id, payload=payload)


def _without_global_fields(command: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in command.items() if name not in _GLOBAL_FIELDS}


def _as_request(command: Mapping[str, Any]) -> dict[str, Any]:
    """The request that registers a command as it is."""
    kept = {name: value for name, value in command.items() if name in _REQUEST_FIELDS and value is not None}
    if "default_member_permissions" in kept:
        kept["default_member_permissions"] = int(kept["default_member_permissions"])
    return kept


class _Registration(DiscordOutage):
    """Logs that the commands are not taken: a refusal by Discord is an error, an outage a warning."""

    def __init__(self) -> None:
        super().__init__("The registration of commands", _KEPT)

    def failed(self, error: BaseException) -> None:
        """Note a failure."""
        reason = describe(error)
        if reason != self._reason:
            level = logging.WARNING if is_away(error) else logging.ERROR
            log.log(level, "Discord does not register the commands (%s); the bot keeps trying. %s.", reason, _KEPT)
        self._reason = reason

    def worked(self) -> None:
        """Nothing: the registration has a line of its own."""
