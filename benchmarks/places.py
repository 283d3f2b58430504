"""Who can ask a bot for something on a local Discord, and where."""

from playground.discord_server.state.channels import Channel
from playground.discord_server.state.world import World

_TEXT = 0
"""The type of an ordinary channel; not everyone may use commands in the others."""


def members(world: World) -> list[str]:
    """The ids of all people; bots are left out."""
    return [user["id"] for user in world.users.values() if not user.get("bot")]


def channels(world: World) -> list[Channel]:
    """The text channels of all servers the bot is in, except the age-restricted ones."""
    return [
        each
        for each in world.channels.values()
        if each.guild_id and each.type == _TEXT and not each.nsfw and world.bot_is_in(each.guild_id)
    ]
