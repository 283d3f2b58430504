"""Where the application is installed, and for which installation a command counts."""

from playground.discord_server.base.json import Json

from .channels import DM, Channel
from .permission_bits import ATTACH_FILES, EMBED_LINKS, EXTERNAL_APPS, EXTERNAL_EMOJIS, MENTION_EVERYONE
from .permissions import granted, permissions
from .world import World

GUILD, USER = 0, 1
IN_GUILD, WITH_BOT = 0, 1
# What an application may do by its replies alone, where it is no member.
BY_REPLIES = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE | EXTERNAL_EMOJIS


def context(channel: Channel) -> int:
    """Whether it happens in a server or in direct messages with the bot."""
    return WITH_BOT if channel.type == DM else IN_GUILD


def of_place(channel: Channel) -> Json:
    """The installation of the place alone: its server's, or in direct messages the bot's own."""
    return {str(GUILD): channel.guild_id or "0"}


def owners(world: World, command: Json, channel: Channel, user_id: str) -> Json:
    """Who has installed the application so that the command can be used here; empty where it is not offered."""
    if not in_context(command, channel) or command.get("guild_id") not in (None, channel.guild_id):
        return {}
    found: Json = {}
    if GUILD in command["integration_types"] and (channel.type == DM or world.bot_is_in(channel.guild_id)):
        found |= of_place(channel)
    if USER in command["integration_types"] and user_id in world.user_installs:
        found[str(USER)] = user_id
    return found


def in_context(command: Json, channel: Channel) -> bool:
    """Whether the command's contexts include this channel."""
    if command["contexts"] is not None:
        return context(channel) in command["contexts"]
    return command["dm_permission"] or channel.type != DM


def only_for_user(owned: Json) -> bool:
    """Whether nothing but a member's own installation allows what happens."""
    return str(GUILD) not in owned


def app_permissions(world: World, channel: Channel) -> int:
    """What the application may do in a channel; where it is no member, what its replies may hold."""
    if world.bot_is_in(channel.guild_id):
        return granted(world, world.bot["id"], channel)
    return BY_REPLIES


def hidden(world: World, owned: Json, channel: Channel, user_id: str) -> bool:
    """Whether replies are shown to the member alone, because the place wants no applications from outside."""
    return only_for_user(owned) and not permissions(world, user_id, channel) & EXTERNAL_APPS
