"""What the bot has written so far, place by place, in the order in which it came."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from playground.discord_server import Member
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.seed import APPLICATION_ID
from playground.discord_server.state.world import World


@dataclass
class Reply:
    """A message of the bot; `number` counts from 1 in its place, private ones too."""

    number: int
    channel: Channel
    stored: StoredMessage
    born: int
    changed: int
    gone: bool = False

    @property
    def message(self) -> Json:
        """As it is now."""
        return self.stored.message


class Replies:
    """The bot's messages; `listeners` hear of each that comes or changes."""

    def __init__(self, world: World) -> None:
        self.listeners: list[Callable[[Reply], None]] = []
        self._all: dict[str, Reply] = {}
        self._moment = 0
        self._mark = 0
        self._news = asyncio.Event()
        world.listeners.append(self._heard)

    def mark(self) -> None:
        """A member acts: messages that come or change from now on are the result."""
        self._mark = self._moment

    def seen(self, member: Member, channel: Channel) -> list[Reply]:
        """What the member sees in a place, newest first."""
        here = [reply for reply in self._all.values() if reply.channel is channel and not reply.gone]
        return [reply for reply in reversed(here) if reply.stored.visible_to(member.id)]

    def news(self, member: Member, channel: Channel) -> list[Reply]:
        """The result of the last action, newest first: new messages, or else those that changed."""
        seen = self.seen(member, channel)
        new = [reply for reply in seen if reply.born > self._mark]
        return new or [reply for reply in seen if reply.changed > self._mark]

    async def change(self) -> None:
        """Returns when a message comes or changes."""
        await self._news.wait()

    def _heard(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        if stored.message["author"]["id"] != APPLICATION_ID:
            return
        self._moment += 1
        reply = self._all.get(stored.id)
        if reply is None:
            number = sum(each.channel is channel for each in self._all.values()) + 1
            reply = self._all[stored.id] = Reply(number, channel, stored, self._moment, self._moment)
        reply.changed, reply.gone = self._moment, event == "message_delete"
        for listener in self.listeners:
            listener(reply)
        self._news.set()
        self._news = asyncio.Event()
