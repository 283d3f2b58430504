"""Channels and the messages in them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playground.discord_server.base.json import Json
from playground.discord_server.base.waiting import WAIT_SECONDS, Waiters

from . import seed

GUILD_TEXT = 0
DM = 1
VOICE = 2
PUBLIC_THREAD = 11
PRIVATE_THREAD = 12
FORUM = 15
THREADS = (PUBLIC_THREAD, PRIVATE_THREAD)
KEPT_VERSIONS = 500

EPHEMERAL = 1 << 6
LOADING = 1 << 7


# What channels of a type have besides what all have.
OF_TYPE: dict[int, Json] = {
    VOICE: {"bitrate": 64_000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1},
    FORUM: {
        "available_tags": [],
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
        "default_auto_archive_duration": 1440,
    },
}


@dataclass
class StoredMessage:
    """A message and what Discord remembers about it without showing it."""

    message: Json
    viewer: str | None = None  # an ephemeral message's only reader
    interaction_id: str | None = None
    components: list[Json] = field(default_factory=list)  # as the bot sent them, attachments unresolved
    embeds: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)  # every attachment, shown by a component or not
    versions: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT_VERSIONS))
    late_edits: list[float] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The message's id."""
        return self.message["id"]

    def visible_to(self, user_id: str) -> bool:
        """Whether that user's client shows it."""
        return self.viewer is None or self.viewer == user_id


@dataclass
class Channel:
    """A place for messages; tests wait here for what the bot does."""

    id: str
    name: str
    type: int = GUILD_TEXT
    guild_id: str | None = seed.GUILD_ID
    nsfw: bool = False
    topic: str | None = None
    position: int = 0
    recipient: Json | None = None
    parent_id: str | None = None  # of a thread: the channel it belongs to
    archived: bool = False
    locked: bool = False
    joined: set[str] = field(default_factory=set)  # of a private thread: who was added
    closed: bool = False  # of a direct message channel: its recipient takes nothing from the bot
    overwrites: list[Json] = field(default_factory=list)
    messages: dict[str, StoredMessage] = field(default_factory=dict)
    waiters: Waiters[Json] = field(default_factory=Waiters)
    transcript: Callable[[], str] = str  # what a failed wait prints; the server fills it in

    @property
    def is_thread(self) -> bool:
        """Whether it is a thread; posts of a forum are threads too."""
        return self.type in THREADS

    async def wait_for(self, predicate: Callable[[Json], Any], timeout: float = WAIT_SECONDS) -> Json:
        """The first message, as it is or as it becomes, of which the predicate is true (seconds)."""
        current = [stored.message for stored in self.messages.values()]
        return await self.waiters.wait_for(predicate, current, timeout, self.transcript)

    def versions(self, message_id: str) -> list[Json]:
        """Every state the message has had, oldest first."""
        return list(self.messages[message_id].versions)

    def payload(self) -> Json:
        """The channel object of the REST API."""
        last = next(reversed(self.messages), None)
        common: Json = {"id": self.id, "type": self.type, "flags": 0, "last_message_id": last}
        if self.recipient is not None:
            return {**common, "recipients": [self.recipient]}
        common |= {"guild_id": self.guild_id, "name": self.name, "rate_limit_per_user": 0, "parent_id": self.parent_id}
        return common | (self._of_thread() if self.is_thread else self._of_channel())

    def _of_channel(self) -> Json:
        shared: Json = {
            "topic": self.topic,
            "nsfw": self.nsfw,
            "position": self.position,
            "permission_overwrites": self.overwrites,
        }
        return shared | OF_TYPE.get(self.type, {})

    def _of_thread(self) -> Json:
        state: Json = {"archived": self.archived, "locked": self.locked, "auto_archive_duration": 1440}
        return {
            "owner_id": seed.USERS[0][0],
            "message_count": len(self.messages),
            "total_message_sent": len(self.messages),
            "member_count": len(self.joined) or 1,
            "thread_metadata": {**state, "archive_timestamp": "2024-01-01T00:00:00+00:00"},
        }

    def forbid(self, target_id: str, bits: int, kind: int = 0) -> None:
        """Take permissions from a role (kind 0) or member (kind 1) in this channel."""
        self.overwrites.append({"id": target_id, "type": kind, "allow": "0", "deny": str(bits)})


def seeded_channels(users: dict[str, Json]) -> dict[str, Channel]:
    """The guild's channels and a direct message channel for each person, by id."""
    channels = {
        row[0]: Channel(row[0], row[1], nsfw=row[2], topic=row[3], position=position)
        for position, row in enumerate(seed.CHANNELS)
    }
    for other in _of_other_types(len(channels)):
        channels[other.id] = other
    lobby, name, topic = seed.LOBBY
    channels[lobby] = Channel(lobby, name, guild_id=seed.ELSEWHERE_ID, topic=topic)
    for user_id, *_ in seed.USERS:
        dm_id = str(int(user_id) + seed.DM_OFFSET)
        channels[dm_id] = Channel(dm_id, seed.BOT_NAME, DM, None, recipient=users[user_id])
    return channels


def _of_other_types(position: int) -> list[Channel]:
    """A voice channel, a forum with a post, and a private thread to which the bot was not added."""
    voice = Channel(seed.VOICE_CHANNEL[0], seed.VOICE_CHANNEL[1], VOICE, topic=seed.VOICE_CHANNEL[2], position=position)
    forum = Channel(
        seed.FORUM_CHANNEL[0], seed.FORUM_CHANNEL[1], FORUM, topic=seed.FORUM_CHANNEL[2], position=position + 1
    )
    post = Channel(*seed.POST, PUBLIC_THREAD, parent_id=forum.id, overwrites=forum.overwrites)
    workshop_id, name, added = seed.WORKSHOP
    workshop = Channel(workshop_id, name, PRIVATE_THREAD, parent_id=seed.CHANNELS[1][0], joined=set(added))
    return [voice, forum, post, workshop]
