"""More people, channels and servers than the seed has, for bots under load."""

from . import permission_bits, seed
from .channels import DM, Channel
from .members import Guild, Member, role_object, user_object
from .world import World

# Ids far from those of the seed, with room for a direct message channel behind each person's.
_PEOPLE, _CHANNELS, _GUILDS = 1_100_000_000_010_000_000, 1_100_000_000_020_000_000, 1_200_000_000_000_000_000
_STEP = 1000
_SHARDS = 1 << 22
_ROLES = 5


def add_people(world: World, count: int) -> list[str]:
    """Add members without roles; returns their names."""
    first = len(world.users)
    names = [f"guest-{number}" for number in range(first, first + count)]
    for number, name in enumerate(names, start=first):
        user_id = str(_PEOPLE + number * _STEP)
        user = world.users[user_id] = user_object(user_id, name, name.capitalize())
        world.members[user_id] = Member(user)
        dm_id = str(int(user_id) + seed.DM_OFFSET)
        world.channels[dm_id] = Channel(dm_id, seed.BOT_NAME, DM, None, recipient=user)
    return names


def add_channels(world: World, count: int) -> list[Channel]:
    """Add channels to the guild. Do it before the bot connects: no event announces them later."""
    first = len(world.channels)
    made = [Channel(str(_CHANNELS + number), f"room-{number}") for number in range(first, first + count)]
    world.channels.update({channel.id: channel for channel in made})
    return made


def add_guilds(world: World, count: int) -> list[Guild]:
    """Add guilds, spread over all shards; everyone is a member there and has no role."""
    first = len(world.other_guilds)
    made = [_guild(world, number) for number in range(first, first + count)]
    world.other_guilds += made
    return made


def open_channel(world: World, guild: Guild) -> Channel:
    """The first channel of a server that was added, opened for members to do something in."""
    channel = Channel(str(int(guild.id) + 1), "channel-0", guild_id=guild.id)
    return world.channels.setdefault(channel.id, channel)


def _guild(world: World, number: int) -> Guild:
    guild_id = str(_GUILDS + number * _SHARDS)
    ids = [guild_id, *(str(int(guild_id) + 100 + role) for role in range(1, _ROLES))]
    bits = permission_bits.EVERYONE
    roles = {role: role_object(role, f"role {role}", bits, 0, False, position=place) for place, role in enumerate(ids)}
    return Guild(guild_id, f"Server {number}", world.user_id(seed.OWNER), roles)
