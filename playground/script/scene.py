"""The state of a played script: who acts in which channel, the replies, and the transcript."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playground.discord_server import Modal, Outcome, Refused
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import Channel
from playground.script.errors import StepFailure
from playground.script.message_text import plain, told
from playground.script.replies import Replies, Reply
from playground.script.transcript import Transcript, named, place_name
from playground.stack import Stack

NEWCOMER = "mia"
FIRST_CHANNEL = "general"
DIRECT = "dm"


class Scene:
    """What steps work with. `refusal` is what Discord answered instead of the bot, until a step handles it."""

    def __init__(self, stack: Stack, transcript: Transcript, folder: Path) -> None:
        self.stack = stack
        self.transcript = transcript
        self.folder = folder
        self.member = stack.discord.member(NEWCOMER)
        self.place = FIRST_CHANNEL
        self.form: Modal | None = None
        self.filled: dict[str, Any] = {}
        self.refusal: str | None = None
        self.offered: list[str] = []
        self.replies = Replies(stack.discord.world)
        self.replies.listeners.append(transcript.add_reply)

    @property
    def channel(self) -> Channel:
        """Where the member is."""
        return self.member.dm if self.place == DIRECT else self.stack.discord.world.channel(self.place)

    def command(self, typed: str) -> Json | None:
        """The registered slash command of the typed name; None when there is none here."""
        name = typed.removeprefix("/").split()[0]
        return self.stack.discord.core.commands.named(name, guild_id=self.channel.guild_id)

    async def act(self, what: str, action: Callable[[], Awaitable[Outcome]]) -> None:
        """Let the member do something, and take note of what Discord says to it."""
        self.begin(what)
        try:
            outcome = await action()
        except Refused as refused:
            self.refuse(str(refused))
            return
        if outcome.error:
            self.refuse(outcome.error)
        if outcome.modal:
            self.form, self.filled = outcome.modal, {}
            self.transcript.add(f"  a form opens: {plain(outcome.modal.title, {})}")

    def begin(self, what: str) -> None:
        """Write an action into the transcript: replies from now on are its result."""
        self.transcript.add(f"{self.member.user['username']} in {place_name(self.channel)}: {what}")
        self.replies.mark()
        self.form, self.offered = None, []

    def refuse(self, sentence: str) -> None:
        """Write into the transcript that Discord refused an action."""
        self.refusal = sentence
        self.transcript.add(f"  Discord says: {sentence}")

    def looked_at(self, number: int | None) -> list[Reply]:
        """The replies that are meant, newest first: the one of that number, or what came of the last action."""
        if number is None:
            return self.replies.news(self.member, self.channel)
        return [reply for reply in self._seen() if reply.number == number]

    def touched(self, number: int | None, fits: Callable[[Reply], bool], what: str) -> Reply:
        """The newest reply with something to be used; raises `StepFailure` when there is none."""
        for reply in self._seen():
            if number in (None, reply.number) and fits(reply):
                return reply
        raise StepFailure(f"there is {what}; {self.instead(number)}")

    def instead(self, number: int | None = None) -> str:
        """What is there instead of what a step looked for."""
        if number is not None:
            found = self.looked_at(number)
            return _line(found[0]) if found else f"there is no reply {number} here"
        found = self.looked_at(None)
        if found:
            return "; ".join(_line(reply) for reply in found[:3])
        return f"nothing has come of it; the newest is {_line(self._seen()[0])}" if self._seen() else "nothing has come"

    def _seen(self) -> list[Reply]:
        return self.replies.seen(self.member, self.channel)


def _line(reply: Reply) -> str:
    return f"{named(reply)}: {told(reply.message)}"
