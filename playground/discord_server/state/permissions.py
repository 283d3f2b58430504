"""Which permissions a user has in a channel: roles, overwrites and what follows from them."""

from typing import TYPE_CHECKING

from .permission_bits import (
    ADMINISTRATOR,
    ALL,
    ATTACH_FILES,
    BOT,
    EMBED_LINKS,
    EVERYONE,
    MENTION_EVERYONE,
    SEND_IN_THREADS,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)

if TYPE_CHECKING:
    from .channels import Channel
    from .world import World


def permissions(world: "World", user_id: str, channel: "Channel") -> int:
    """What the user may do in the channel, overwrites applied."""
    if channel.guild_id is None:
        return EVERYONE
    if user_id == world.bot["id"] and not world.bot_is_in(channel.guild_id):
        return 0
    if user_id not in world.members:
        return 0
    own = channel.guild_id == world.guild.id
    base = guild_permissions(world, user_id) if own else elsewhere_permissions(world, user_id)
    if base & ADMINISTRATOR:
        return ALL
    roles = world.members[user_id].roles if own else []
    for group in ([channel.guild_id], roles, [user_id]):
        overwrites = [each for each in channel.overwrites if each["id"] in group]
        for overwrite in overwrites:
            base &= ~int(overwrite["deny"])
        for overwrite in overwrites:
            base |= int(overwrite["allow"])
    return without_implied(base, channel)


def sending(channel: "Channel") -> int:
    """The permission to write in a channel: threads have one of their own."""
    return SEND_IN_THREADS if channel.parent_id else SEND_MESSAGES


def without_implied(bits: int, channel: "Channel") -> int:
    """Who can't see a channel can do nothing in it; who can't write can't write anything special either."""
    if not bits & VIEW_CHANNEL:
        return 0
    return bits if bits & sending(channel) else bits & ~(EMBED_LINKS | ATTACH_FILES | MENTION_EVERYONE)


def elsewhere_permissions(world: "World", user_id: str) -> int:
    """The user's permissions in any other guild, where no member has a role."""
    return BOT if user_id == world.bot["id"] else EVERYONE


def guild_permissions(world: "World", user_id: str) -> int:
    """What the user may do in the guild, channels left aside."""
    if user_id == world.guild.owner_id:
        return ALL
    bits = 0
    for role_id in [world.guild.id, *world.members[user_id].roles]:
        bits |= int(world.guild.roles[role_id]["permissions"])
    return ALL if bits & ADMINISTRATOR else bits
