"""Channels, and what the bot may do in them."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.core import Core
from playground.discord_server.state import seed
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import VIEW_CHANNEL
from playground.discord_server.state.permissions import permissions
from playground.discord_server.state.threads import open_to_messages

from .routing import Call, Routes

routes = Routes()


def the_channel(call: Call, needed: int = 0) -> Channel:
    """The channel of the path; refused when unknown, hidden, or closed to what the bot wants to do."""
    world = call.core.world
    channel = world.find_channel(call.snowflake("channel_id"))
    allowed = permissions(world, seed.APPLICATION_ID, channel)
    if not allowed & VIEW_CHANNEL:
        raise refusal("missing_access")
    if allowed & needed != needed:
        raise refusal("missing_permissions")
    return channel


def open_to_the_bot(core: Core, channel: Channel) -> None:
    """Refuse a new message of the bot's where none is taken; one in an archived thread brings it back."""
    if channel.recipient is not None and not reachable(core, channel.recipient["id"]):
        raise refusal("no_mutual_guild")
    open_to_messages(core.world, channel)


def reachable(core: Core, user_id: str) -> bool:
    """Whether the bot may write to a user: they share a server, or the user has the application installed."""
    return core.world.shares_guild(user_id) or (core.commands.for_users and user_id in core.world.user_installs)


@routes("GET", "/channels/{channel_id}")
async def channel(call: Call) -> Json:
    """The channel object."""
    return the_channel(call).payload()


@routes("POST", "/channels/{channel_id}/typing")
async def typing(call: Call) -> None:
    """Show members that the bot is typing."""
    call.core.world.type_in(the_channel(call))
