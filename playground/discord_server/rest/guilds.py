"""The guild, its channels, roles and members."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state.members import Guild

from .routing import Call, Routes

routes = Routes()


def the_guild(call: Call) -> Guild:
    """The guild of the path, or the refusal of a foreign one."""
    guild = call.core.world.guild
    if call.snowflake("guild_id") != guild.id:
        raise refusal("unknown_guild")
    return guild


@routes("GET", "/guilds/{guild_id}")
async def guild(call: Call) -> Json:
    """The guild object."""
    found = the_guild(call).payload()
    if call.query.get("with_counts") == "true":
        count = len(call.core.world.members)
        found |= {"approximate_member_count": count, "approximate_presence_count": count}
    return found


@routes("GET", "/guilds/{guild_id}/channels")
async def channels(call: Call) -> list[Json]:
    """The guild's channels, without threads."""
    guild_id, known = the_guild(call).id, call.core.world.channels.values()
    return [each.payload() for each in known if each.guild_id == guild_id and not each.is_thread]


@routes("GET", "/guilds/{guild_id}/roles")
async def roles(call: Call) -> list[Json]:
    """The guild's roles."""
    return list(the_guild(call).roles.values())


@routes("GET", "/guilds/{guild_id}/members")
async def members(call: Call) -> list[Json]:
    """The guild's members, a page of them."""
    the_guild(call)
    found = [each.payload() for each in call.core.world.members.values()]
    return call.page(found, lambda each: each["user"]["id"], 1, 1000)


@routes("GET", "/guilds/{guild_id}/members/{user_id}")
async def member(call: Call) -> Json:
    """One member."""
    the_guild(call)
    found = call.core.world.members.get(call.snowflake("user_id"))
    if found is None:
        raise refusal("unknown_member")
    return found.payload()
