"""Open tabs of the chat page: what each user's page hears, and what it may ask for."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from playground.discord_server.base.errors import DiscordError, Refused
from playground.discord_server.base.json import Json, dumps, loads
from playground.discord_server.core import Core
from playground.discord_server.interactions.interaction import Interaction
from playground.discord_server.state import seed
from playground.discord_server.state.channels import DM, FORUM, Channel, StoredMessage
from playground.discord_server.state.members import Guild
from playground.discord_server.state.permissions import is_timed_out
from playground.discord_server.state.threads import is_locked_to
from playground.discord_server.state.world import World

from .actions import Actions, may_use


class Tab:
    """One open page: hears of everything its user sees."""

    def __init__(self, core: Core, user_id: str) -> None:
        self.core = core
        self.user_id = user_id
        self.queue: asyncio.Queue[Json] = asyncio.Queue()
        self._listed: list[str] = []  # the channels the page knows

    def tell(self, name: str, data: Json | list[Json]) -> None:
        """Queue an event for the page."""
        self.queue.put_nowait({"t": name, "d": data})

    def sees(self, channel: Channel) -> bool:
        """Whether a channel is on the page."""
        return channel in self.channels()

    def channels(self) -> list[Channel]:
        """The channels of the page. Where the bot is no member there is nothing to see unless a command works there."""
        visible = self.core.world.visible_channels(self.user_id)
        return [each for each in visible if each.guild_id != seed.ELSEWHERE_ID or self.core.commands.for_users]

    def message_changed(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        """Pass a message on if its user sees it."""
        if not self.sees(channel) or not stored.visible_to(self.user_id):
            return
        if event == "message_delete":
            self.tell(event, {"id": stored.id, "channel_id": channel.id})
        else:
            self.tell(event, stored.message)

    def commands(self) -> list[Json]:
        """The commands that its user is offered."""
        return [each for each in self.core.commands.everywhere() if may_use(each, self.core.world, self.user_id)]

    def commands_changed(self) -> None:
        """Send the commands to the page; everything when they open a channel to it, or close one."""
        if [each.id for each in self.channels()] != self._listed:
            self.tell("ready", self.ready())
        else:
            self.tell("commands", self.commands())

    def ready(self) -> Json:
        """Everything the page needs to begin with."""
        world = self.core.world
        channels = self.channels()
        self._listed = [each.id for each in channels]
        bot = {"id": seed.APPLICATION_ID, "username": seed.BOT_NAME, "online": self.core.gateway.online}
        return {
            "me": world.users[self.user_id],
            "users": list(world.users.values()),
            "guild": guild_of_page(world.guild),
            "roles": list(world.guild.roles.values()),
            "members": {user_id: member.roles for user_id, member in world.members.items()},
            "channels": [channel_of_page(each, world, self.user_id) for each in channels],
            "commands": self.commands(),
            "messages": {
                each.id: [m.message for m in each.messages.values() if m.visible_to(self.user_id)] for each in channels
            },
            "bot": bot,
        }

    def act(self, frame: Json) -> None:
        """Do what the page asks; what is refused comes back as an error."""
        nonce = frame.get("nonce")

        def listener(name: str, data: Json) -> None:
            self.tell(name, {"nonce": nonce, **data})

        try:
            perform(Actions(self.core, self.user_id, listener), frame)
        except (Refused, DiscordError) as error:
            self.tell("error", {"nonce": nonce, "message": str(error), "code": error.code})
        except (KeyError, TypeError, AttributeError, ValueError):
            self.tell("error", {"nonce": nonce, "message": "This could not be understood."})


def perform(actions: Actions, frame: Json) -> Interaction | StoredMessage | None:
    """Carry out one frame of the page."""
    operations: dict[str, Callable[[], Any]] = {
        "slash": lambda: actions.slash(frame["channel_id"], frame["name"], frame.get("options") or []),
        "autocomplete": lambda: actions.autocomplete(frame["channel_id"], frame["name"], frame.get("options") or []),
        "press": lambda: actions.press(frame["channel_id"], frame["message_id"], frame["custom_id"]),
        "choose": lambda: actions.choose(frame["channel_id"], frame["message_id"], frame["custom_id"], frame["values"]),
        "submit": lambda: actions.submit(frame["interaction_id"], frame["custom_id"], frame["components"]),
        "context": lambda: actions.context(frame["channel_id"], frame["message_id"], frame["name"]),
        "send": lambda: actions.send(frame["channel_id"], frame["content"], actions.uploaded(frame.get("attachments"))),
        "dismiss": lambda: actions.dismiss(frame["message_id"]),
    }
    return operations[frame["op"]]()


def guild_of_page(guild: Guild) -> Json:
    """The guild as the page shows it."""
    kept = {"id": guild.id, "name": guild.name, "owner_id": guild.owner_id}
    return {**kept, "upload_limit": guild.attachment_limit}


def channel_of_page(channel: Channel, world: World, user_id: str) -> Json:
    """A channel as the page lists it; one of another server than the page's comes with that server.

    `closed` says why its member can't write there.
    """
    kept = {"id": channel.id, "name": channel.name, "type": channel.type, "nsfw": channel.nsfw, "topic": channel.topic}
    kept |= {"parent_id": channel.parent_id, "archived": channel.archived, "locked": channel.locked}
    kept["closed"] = why_closed(channel, world, user_id)
    if channel.type == DM:
        return {**kept, "recipients": [channel.recipient]}
    guild = world.guild_of(channel)
    if guild is None or guild is world.guild:
        return kept
    return {**kept, "guild": {"id": guild.id, "name": guild.name, "has_bot": world.bot_is_in(guild.id)}}


def why_closed(channel: Channel, world: World, user_id: str) -> str | None:
    """Why a member can't write in a channel, as a sentence; None where they can."""
    if channel.type == FORUM:
        return "Open one of its posts to write there"
    if channel.guild_id == world.guild.id and is_timed_out(world, user_id):
        return "You are in time-out"
    return "This thread is locked" if is_locked_to(world, user_id, channel) else None


async def write(tab: Tab, ws: web.WebSocketResponse) -> None:
    """Send what is queued for a tab, in order."""
    with contextlib.suppress(ConnectionError, RuntimeError):
        while True:
            await ws.send_str(tab.core.url_signer.fresh(dumps(await tab.queue.get())).decode())


async def read(tab: Tab, ws: web.WebSocketResponse) -> None:
    """Carry out what a tab sends, until it is closed."""
    async for message in ws:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            break
        try:
            frame = loads(message.data)
        except ValueError:
            frame = None
        if isinstance(frame, dict):
            tab.act(frame)
        else:
            tab.tell("error", {"message": "This could not be understood."})
