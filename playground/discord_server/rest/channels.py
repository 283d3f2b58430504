"""Channels, and what the bot may do in them."""

from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.state import seed
from playground.discord_server.state.channels import Channel
from playground.discord_server.state.permission_bits import VIEW_CHANNEL
from playground.discord_server.state.permissions import permissions

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


@routes("GET", "/channels/{channel_id}")
async def channel(call: Call) -> Json:
    """The channel object."""
    return the_channel(call).payload()


@routes("POST", "/channels/{channel_id}/typing")
async def typing(call: Call) -> None:
    """Show members that the bot is typing."""
    call.core.world.type_in(the_channel(call))
