"""The payloads of gateway events: READY, GUILD_CREATE, messages, members."""

from playground.discord_server.base.json import Json
from playground.discord_server.state import seed
from playground.discord_server.state.channels import DM, Channel
from playground.discord_server.state.members import JOINED, Guild, Member
from playground.discord_server.state.permissions import permissions
from playground.discord_server.state.world import World

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
KNOWN_INTENTS = (1 << 17) - 1 | 0b11 << 20 | 0b11 << 24


def shard_of(guild_id: str | None, count: int) -> int:
    """The shard that hears of a guild; of direct messages (None) it is the first."""
    return 0 if guild_id is None else (int(guild_id) >> 22) % count


def ready(world: World, session_id: str, shard: tuple[int, int], resume_url: str) -> Json:
    """The READY event of a shard."""
    guilds = [*([world.guild] if has_own_guild(world, shard) else []), *other_guilds_of(world, shard)]
    return {
        "v": 10,
        "user": {**world.bot, "verified": True, "mfa_enabled": True, "email": None},
        "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
        "session_id": session_id,
        "resume_gateway_url": resume_url,
        "session_type": "normal",
        "private_channels": [],
        "relationships": [],
        "user_settings": {},
        "presences": [],
        "shard": list(shard),
        "application": {"id": seed.APPLICATION_ID, "flags": 0},
        "_trace": ["local"],
    }


def has_own_guild(world: World, shard: tuple[int, int]) -> bool:
    """Whether the shard serves the seed's server, and the bot is still in it."""
    return shard_of(world.guild.id, shard[1]) == shard[0] and world.bot_is_in(world.guild.id)


def guild_create(world: World, intents: int) -> Json:
    """The GUILD_CREATE event; all members come along only with the intent for them."""
    members = world.members.values() if intents & GUILD_MEMBERS else [world.members[seed.APPLICATION_ID]]
    channels = [each for each in world.channels.values() if each.guild_id == world.guild.id]
    lasting = [each for each in channels if not each.is_thread]
    created = _created(world.guild, list(members), lasting, len(world.members))
    threads = [each for each in channels if each.is_thread and not each.archived]
    seen = [each.payload() for each in threads if permissions(world, world.bot["id"], each)]
    return {**created, "threads": seen}


def other_guilds_of(world: World, shard: tuple[int, int]) -> list[Guild]:
    """The servers besides the seed's that a shard hears of."""
    return [guild for guild in world.other_guilds if shard_of(guild.id, shard[1]) == shard[0]]


def other_guild_create(world: World, guild: Guild) -> Json:
    """The GUILD_CREATE event of a server besides the seed's: ten channels, and of its members only the bot."""
    channels = [
        Channel(str(int(guild.id) + 1 + number), f"channel-{number}", guild_id=guild.id) for number in range(10)
    ]
    return _created(guild, [world.members[seed.APPLICATION_ID]], channels, 50)


def _created(guild: Guild, members: list[Member], channels: list[Channel], member_count: int) -> Json:
    return {
        **guild.payload(),
        "joined_at": JOINED,
        "large": False,
        "unavailable": False,
        "member_count": member_count,
        "voice_states": [],
        "members": [member.payload() for member in members],
        "channels": [each.payload() for each in channels],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message_event(world: World, channel: Channel, message: Json, intents: int) -> Json | None:
    """A message as the bot's intents let it pass; None when they do not cover the channel."""
    if not intents & (DIRECT_MESSAGES if channel.type == DM else GUILD_MESSAGES):
        return None
    event = {**message, "channel_type": channel.type}
    if channel.guild_id:
        event["guild_id"] = channel.guild_id
        if message["author"]["id"] in world.members:
            event["member"] = world.members[message["author"]["id"]].without_user()
    readable = (
        intents & MESSAGE_CONTENT
        or channel.type == DM
        or message["author"]["id"] == seed.APPLICATION_ID
        or any(user["id"] == seed.APPLICATION_ID for user in message["mentions"])
    )
    return event if readable else {**event, "content": "", "embeds": [], "attachments": [], "components": []}


def members_chunk(world: World, asked: Json) -> Json:
    """The answer to a request for guild members: by ids or by the start of a name."""
    ids = asked.get("user_ids") or []
    ids = [str(each) for each in (ids if isinstance(ids, list) else [ids])]
    query = str(asked.get("query") or "").lower()
    names = {user_id: str(member.user["username"]).lower() for user_id, member in world.members.items()}
    found = [user_id for user_id, name in names.items() if (user_id in ids if ids else name.startswith(query))]
    chosen = found[: asked.get("limit") or None]
    chunk: Json = {
        "guild_id": world.guild.id,
        "members": [world.members[user_id].payload() for user_id in chosen],
        "chunk_index": 0,
        "chunk_count": 1,
        "not_found": [user_id for user_id in ids if user_id not in world.members],
    }
    return {**chunk, "nonce": asked["nonce"]} if asked.get("nonce") else chunk
