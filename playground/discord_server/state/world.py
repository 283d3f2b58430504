"""Everything that exists in the local Discord, in memory, and the listeners for changes."""

from collections.abc import Callable

from playground.discord_server.base.clock import Clock, Snowflakes
from playground.discord_server.base.errors import refusal
from playground.discord_server.base.json import Json
from playground.discord_server.base.locales import LOCALES
from playground.discord_server.base.message_readers import summary

from . import seed
from .channels import DM, PRIVATE_THREAD, Channel, StoredMessage, seeded_channels
from .direct_messages import DirectMessages
from .members import Guild, seeded_elsewhere, seeded_guild, seeded_members, seeded_users
from .permissions import permissions
from .uploads import ExternalPictures, UploadLimits

Listener = Callable[[str, Channel, StoredMessage], None]


class World:
    """Guild, people, channels and messages; `listeners` hear of every message that changes."""

    def __init__(self, clock: Clock, snowflakes: Snowflakes) -> None:
        self.clock = clock
        self.snowflakes = snowflakes
        self.users = seeded_users()
        self.bot = self.users[seed.APPLICATION_ID]
        self.guild = seeded_guild(self.user_id(seed.OWNER))
        self.members = seeded_members(self.users)
        self.channels = seeded_channels(self.users)
        self.direct_messages = DirectMessages(clock)
        self.other_guilds: list[Guild] = []
        self.elsewhere = seeded_elsewhere(self.guild.owner_id)
        self.user_installs = {user_id for user_id, *_ in seed.USERS}  # who has the application in their own account
        self.portal: Json = {}  # the application's settings in the developer portal that are not Discord's defaults
        self.upload_limits = UploadLimits()
        self.external_pictures = ExternalPictures()
        self.listeners: list[Listener] = []
        self.place_listeners: list[Callable[[str, Channel], None]] = []  # of threads that open and close
        self.surroundings_listeners: list[Callable[[], None]] = []
        self.typing_listeners: list[Callable[[Channel], None]] = []

    def user_id(self, name_or_id: str) -> str:
        """The id of a user given by name or id; KeyError when there is none."""
        for user in self.users.values():
            if name_or_id in (user["id"], user["username"]):
                return user["id"]
        raise KeyError(name_or_id)

    def channel(self, name_or_id: str) -> Channel:
        """A channel by name or id; KeyError when there is none."""
        for channel in self.channels.values():
            if channel.id == name_or_id or (channel.name == name_or_id and channel.type != DM):
                return channel
        raise KeyError(name_or_id)

    def dm(self, name_or_id: str) -> Channel:
        """The user's direct message channel with the bot."""
        return self.channels[str(int(self.user_id(name_or_id)) + seed.DM_OFFSET)]

    def bot_is_in(self, guild_id: str | None) -> bool:
        """Whether the bot is a member of a guild; direct messages (None) are always its own."""
        if guild_id == self.guild.id:
            return seed.APPLICATION_ID in self.members
        return guild_id is None or any(guild.id == guild_id for guild in self.other_guilds)

    def shares_guild(self, user_id: str) -> bool:
        """Whether the bot and a user are members of the same guild; of the added ones everyone is."""
        return bool(self.other_guilds) or (user_id in self.members and self.bot_is_in(self.guild.id))

    def guild_of(self, channel: Channel) -> Guild | None:
        """The guild of a channel; None for direct messages."""
        known = (self.guild, self.elsewhere, *self.other_guilds)
        return next((guild for guild in known if guild.id == channel.guild_id), None)

    def visible_channels(self, user_id: str) -> list[Channel]:
        """The guild's channels, of its private threads those that the user sees, and the user's direct messages."""
        return [each for each in self.channels.values() if self._is_visible(each, user_id)]

    def _is_visible(self, channel: Channel, user_id: str) -> bool:
        if channel.type == PRIVATE_THREAD:
            return bool(permissions(self, user_id, channel))
        return not channel.recipient or channel.recipient["id"] == user_id

    def find_channel(self, channel_id: str) -> Channel:
        """The channel, or Discord's refusal."""
        if channel_id not in self.channels:
            raise refusal("unknown_channel")
        return self.channels[channel_id]

    def find_message(self, channel: Channel, message_id: str) -> StoredMessage:
        """The message, or Discord's refusal."""
        if message_id not in channel.messages:
            raise refusal("unknown_message")
        return channel.messages[message_id]

    def open_thread(self, thread: Channel) -> None:
        """Put a new thread, or a post of a forum, into its channel."""
        self.channels[thread.id] = thread
        self._place_changed("thread_create", thread)

    def set_thread(self, channel: Channel, *, archived: bool, locked: bool | None = None) -> None:
        """Archive a thread, lock it or open it again; nothing happens where that is so already."""
        wanted = (archived, channel.locked if locked is None else locked)
        if (channel.archived, channel.locked) != wanted:
            channel.archived, channel.locked = wanted
            self._place_changed("thread_update", channel)

    def time_out(self, user_id: str, seconds: float) -> None:
        """Put a member in time-out for this many seconds; 0 ends it."""
        self.members[user_id].time_out_until = self.clock.now() + seconds if seconds else None
        self.surroundings_changed()
        if seconds:
            self.clock.call_later(seconds, self.surroundings_changed)

    def choose_locale(self, locale: str, user_id: str | None = None) -> None:
        """Set the language of a member's client, or without one the server's. Raises ValueError for an unknown one."""
        if locale not in LOCALES:
            raise ValueError(locale)
        chooser = self.guild if user_id is None else self.members[user_id]
        chooser.locale = locale

    def surroundings_changed(self) -> None:
        """Let open pages learn what else has changed than messages: channels, and what members may do in them."""
        for listener in self.surroundings_listeners:
            listener()

    def _place_changed(self, event: str, channel: Channel) -> None:
        for listener in self.place_listeners:
            listener(event, channel)
        self.surroundings_changed()

    def add(self, channel: Channel, stored: StoredMessage) -> None:
        """Put a new message into its channel."""
        channel.messages[stored.id] = stored
        self._changed("message_create", channel, stored)

    def replace(self, channel: Channel, stored: StoredMessage, message: Json) -> None:
        """Replace a message's state; the old object is not changed."""
        stored.message = message
        self._changed("message_update", channel, stored)

    def remove(self, channel: Channel, stored: StoredMessage) -> None:
        """Delete a message."""
        channel.messages.pop(stored.id, None)
        for listener in self.listeners:
            listener("message_delete", channel, stored)

    def type_in(self, channel: Channel) -> None:
        """Let the bot be seen typing."""
        for listener in self.typing_listeners:
            listener(channel)

    def _changed(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        stored.versions.append(stored.message)
        channel.waiters.tell(stored.message)
        for listener in self.listeners:
            listener(event, channel, stored)

    def tail(self, count: int = 8) -> str:
        """The last messages of all channels, a few lines each."""
        stored = [each for channel in self.channels.values() for each in channel.messages.values()]
        last = sorted(stored, key=lambda each: int(each.id))[-count:]
        return "\n".join(f"  {summary(each.message)}" for each in last) or "  (no messages)"
