"""Members who make pictures, press what they are offered, click twice, cancel and try again."""

import asyncio
import string
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from playground.discord_server import Member, Outcome, Refused, buttons
from playground.discord_server.state.channels import EPHEMERAL, LOADING, StoredMessage
from playground.discord_server.state.seed import APPLICATION_ID
from tests.end_to_end.place import Place

NAMES = ("olivia", "adam", "mia", "max")
_PRESSED = {"U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "🔄", "Retry", "Submit again"}
_NEWEST = 40
_AT_ONCE = 10
"""Jobs of one member that are under way before they wait for some to end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a member did, and what came of it."""

    what: str
    outcome: Outcome


class Crowd:
    """Four members, who go on until `wanted` of their wishes were acknowledged. `asked` is all they did."""

    def __init__(self, place: Place, dice: Random, wanted: int) -> None:
        self.asked: list[Asked] = []
        self._place = place
        self._dice = dice
        self._wanted = wanted
        self._number = 0
        self._words = ""

    async def run(self) -> None:
        """Return once they have had enough."""
        async with asyncio.TaskGroup() as living:
            for name in NAMES:
                living.create_task(self._live(self._place.discord.member(name)))

    @property
    def acknowledged(self) -> int:
        """How many wishes were."""
        return sum(each.outcome.state == "acknowledged" for each in self.asked)

    async def _live(self, member: Member) -> None:
        acts = (self._imagine, self._press, self._press_twice, self._cancel, self._check)
        while self.acknowledged < self._wanted:
            if len(list(self._under_way(member))) >= _AT_ONCE:
                await asyncio.sleep(0.2)
                continue
            try:
                await self._dice.choices(acts, weights=[57, 28, 5, 5, 5])[0](member)
            except Refused:
                # Nothing to press any more, or the bot has not told Discord of its commands yet.
                await asyncio.sleep(0.1)
            await asyncio.sleep(self._dice.uniform(0.0, 0.3))

    async def _imagine(self, member: Member) -> None:
        # Now and then in somebody else's words: a job that is looked for must be told from another by more than them.
        if not self._words or self._dice.random() > 0.1:
            self._number += 1
            self._words = f"a fox in the {_in_letters(self._number)} wood"
        channel = self._dice.choice([self._place.channel, self._place.discord.world.channel("art"), member.dm])
        self._note("imagine", await member.slash(channel, "imagine", prompt=self._words))

    async def _press(self, member: Member) -> None:
        message, custom_id = self._found(member, _PRESSED)
        self._note("press", await member.press(message, custom_id=custom_id))

    async def _press_twice(self, member: Member) -> None:
        message, custom_id = self._found(member, _PRESSED)
        both = await asyncio.gather(*(member.press(message, custom_id=custom_id) for _ in range(2)))
        for outcome in both:
            self._note("double click", outcome)

    async def _cancel(self, member: Member) -> None:
        message, custom_id = self._found(member, {"Cancel"})
        self._note("cancel", await member.press(message, custom_id=custom_id))

    async def _check(self, member: Member) -> None:
        self._note("check", await member.slash(member.dm, "check", prompt="a fox"))

    def _note(self, what: str, outcome: Outcome) -> None:
        self.asked.append(Asked(what, outcome))

    def _found(self, member: Member, labels: set[str]) -> tuple[dict[str, Any], str]:
        """A button that the member sees; raises `Refused` when there is none."""
        seen = [stored.message for stored in self._seen(member)][-_NEWEST:]
        self._dice.shuffle(seen)
        for message in seen:
            fitting = [each["custom_id"] for each in buttons(message) if _name(each) in labels]
            if fitting:
                return message, self._dice.choice(fitting)
        raise Refused("There is nothing to press.")

    def _seen(self, member: Member) -> Iterator[StoredMessage]:
        for channel in self._place.discord.world.visible_channels(member.id):
            yield from (stored for stored in list(channel.messages.values()) if stored.visible_to(member.id))

    def _under_way(self, member: Member) -> Iterator[StoredMessage]:
        for stored in self._seen(member):
            asked_by = (stored.message.get("interaction_metadata") or {}).get("user", {}).get("id")
            if asked_by == member.id and is_open(stored.message):
                yield stored


def of_the_bot(place: Place) -> list[StoredMessage]:
    """Every message of the bot that anybody sees."""
    channels = place.discord.world.channels.values()
    every = [stored for channel in channels for stored in channel.messages.values()]
    return [stored for stored in every if stored.message["author"]["id"] == APPLICATION_ID]


def is_open(message: dict[str, Any]) -> bool:
    """Whether the message says neither how something ended nor a sentence."""
    empty = not message["components"] and not message["content"]
    return bool(message["flags"] & LOADING) or empty or "Cancel" in map(_name, buttons(message)) or _cancelling(message)


def is_private(message: dict[str, Any]) -> bool:
    """Whether only one member sees it."""
    return bool(message["flags"] & EPHEMERAL)


def _cancelling(message: dict[str, Any]) -> bool:
    return "Cancelling" in str(message["components"])


def _name(button: dict[str, Any]) -> str:
    return button.get("label") or (button.get("emoji") or {}).get("name") or ""


def _in_letters(number: int) -> str:
    """The number in letters, always as many: no such word is a part of another."""
    digits = [number // 26**place % 26 for place in range(3)]
    return "".join(string.ascii_lowercase[digit] for digit in digits)
