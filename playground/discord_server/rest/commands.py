"""Registration of application commands, global and of the guild."""

from typing import Any

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state import seed
from playground.discord_server.state.registered_commands import CHAT_INPUT, ENTRY_POINT
from playground.discord_server.validation.commands import check_command, check_commands, check_guild_command
from playground.discord_server.validation.problems import refuse

from .routing import Call, Reply, Routes

routes = Routes()

GLOBAL = "/applications/{application_id}/commands"
GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def the_place(call: Call) -> str | None:
    """Where the commands of the path belong: a guild's id, or None for everywhere."""
    if call.snowflake("application_id") != seed.APPLICATION_ID:
        raise refusal("foreign_application")
    if "guild_id" in call.place and call.snowflake("guild_id") != call.core.world.guild.id:
        raise refusal("missing_access")
    return call.place.get("guild_id")


@routes("GET", GLOBAL)
@routes("GET", GUILD)
async def listed(call: Call) -> list[Json]:
    """The commands of a place."""
    return call.core.commands.all_of(the_place(call))


@routes("PUT", GLOBAL)
@routes("PUT", GUILD)
async def replace(call: Call) -> list[Json]:
    """Replace all commands of a place."""
    place = the_place(call)
    bodies: Any = call.body if call.body is not None else []
    check_commands(bodies, of_guild=place is not None)
    # Discord refuses the whole list, where it deletes a left out command of any other type.
    if of_kind(call, place, ENTRY_POINT) and all(each.get("type") != ENTRY_POINT for each in bodies):
        raise refusal("entry_point_left_out")
    call.core.commands.count_new(place, bodies)
    return call.core.commands.replace_all(place, bodies)


@routes("POST", GLOBAL)
@routes("POST", GUILD)
async def create(call: Call) -> Reply:
    """Create a command, or overwrite the one of its name."""
    place = the_place(call)
    check_command(call.body, room_for(call, place, call.body))
    if place is not None:
        check_guild_command(call.body)
    call.core.commands.count_new(place, [call.body])
    command, new = call.core.commands.put(place, call.body)
    return Reply(command, 201 if new else 200)


@routes("GET", GLOBAL + "/{command_id}")
@routes("GET", GUILD + "/{command_id}")
async def one(call: Call) -> Json:
    """One command."""
    return call.core.commands.get(the_place(call), call.snowflake("command_id"))


@routes("PATCH", GLOBAL + "/{command_id}")
@routes("PATCH", GUILD + "/{command_id}")
async def edit(call: Call) -> Json:
    """Change parts of a command."""
    place = the_place(call)
    old = call.core.commands.get(place, call.snowflake("command_id"))
    body = {**old, **call.object(), "type": old["type"]}
    check_command(body)
    if place is not None:
        check_guild_command(call.body)
    if any(each["name"] == body["name"] and each["id"] != old["id"] for each in of_kind(call, place, old["type"])):
        refuse(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
    command, _ = call.core.commands.put(place, body, old["id"])
    return command


@routes("DELETE", GLOBAL + "/{command_id}")
@routes("DELETE", GUILD + "/{command_id}")
async def delete(call: Call) -> None:
    """Delete a command."""
    call.core.commands.delete(the_place(call), call.snowflake("command_id"))


def room_for(call: Call, place: str | None, body: Any) -> list[Json]:
    """The other commands of the same kind, which count against the limit."""
    asked = body if isinstance(body, dict) else {}
    kind = asked.get("type") or CHAT_INPUT
    return [each for each in of_kind(call, place, kind) if each["name"] != asked.get("name")]


def of_kind(call: Call, place: str | None, kind: Any) -> list[Json]:
    """The commands of one kind."""
    return [each for each in call.core.commands.all_of(place) if each["type"] == kind]
