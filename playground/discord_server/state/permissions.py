"""Which permissions a user has in a channel: roles, overwrites and what follows from them."""

from typing import TYPE_CHECKING

from .channels import PRIVATE_THREAD, VOICE
from .permission_bits import (
    ADMINISTRATOR,
    ALL,
    ATTACH_FILES,
    BOT,
    CONNECT,
    EMBED_LINKS,
    EVERYONE,
    MANAGE_THREADS,
    MENTION_EVERYONE,
    READ_HISTORY,
    SEND_IN_THREADS,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)

if TYPE_CHECKING:
    from .channels import Channel
    from .world import World


# What is left to a member in time-out.
IN_TIME_OUT = VIEW_CHANNEL | READ_HISTORY


def permissions(world: "World", user_id: str, channel: "Channel") -> int:
    """What the user may do in the channel; nothing in a private thread that they were not added to."""
    bits = granted(world, user_id, channel)
    hidden = channel.type == PRIVATE_THREAD and user_id not in channel.joined
    return 0 if hidden and not bits & MANAGE_THREADS else bits


def granted(world: "World", user_id: str, channel: "Channel") -> int:
    """The permissions a user has in a channel, overwrites applied, whether or not they can see a private thread."""
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
    if channel.type == VOICE and not base & CONNECT:
        return 0  # its text is closed too
    if own and is_timed_out(world, user_id):
        base &= IN_TIME_OUT
    return without_implied(base, channel)


def is_timed_out(world: "World", user_id: str) -> bool:
    """Whether a member is in time-out; administrators never are."""
    member = world.members.get(user_id)
    timed_out = member is not None and member.in_time_out(world.clock.now())
    return timed_out and not guild_permissions(world, user_id) & ADMINISTRATOR


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
