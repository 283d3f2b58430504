"""Simulated members who use commands, press buttons, double-click, cancel and retry."""

import asyncio
import string
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from playground.discord_server import Member, Outcome, Refused, buttons
from playground.discord_server.state.channels import EPHEMERAL, LOADING, StoredMessage
from playground.discord_server.state.seed import APPLICATION_ID
from tests.end_to_end.environment import Environment

NAMES = ("olivia", "adam", "mia", "max")
_PRESSED = {"U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "🔄", "Retry", "Submit again"}
_NEWEST = 40
_AT_ONCE = 10
"""Unfinished jobs of one member above which that member waits."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a member and its outcome."""

    what: str
    outcome: Outcome


class SimulatedMembers:
    """Four members who act until `action_count` of their actions are acknowledged. `actions` are all of them."""

    def __init__(self, environment: Environment, rng: Random, action_count: int) -> None:
        self.actions: list[Action] = []
        self._environment = environment
        self._rng = rng
        self._action_count = action_count
        self._number = 0
        self._words = ""

    async def run(self) -> None:
        """Act until enough actions are acknowledged."""
        async with asyncio.TaskGroup() as living:
            for name in NAMES:
                living.create_task(self._act(self._environment.discord.member(name)))

    @property
    def acknowledged(self) -> int:
        """The number of acknowledged actions."""
        return sum(each.outcome.state == "acknowledged" for each in self.actions)

    async def _act(self, member: Member) -> None:
        acts = (self._imagine, self._press, self._press_twice, self._cancel, self._check)
        while self.acknowledged < self._action_count:
            if len(list(self._unfinished(member))) >= _AT_ONCE:
                await asyncio.sleep(0.2)
                continue
            try:
                await self._rng.choices(acts, weights=[57, 28, 5, 5, 5])[0](member)
            except Refused:
                # There is no button left, or the bot has not registered its commands yet.
                await asyncio.sleep(0.1)
            await asyncio.sleep(self._rng.uniform(0.0, 0.3))

    async def _imagine(self, member: Member) -> None:
        # Sometimes the same prompt again: searching for a lost job must not rely on the prompt alone.
        if not self._words or self._rng.random() > 0.1:
            self._number += 1
            self._words = f"a fox in the {_in_letters(self._number)} wood"
        channel = self._rng.choice(
            [self._environment.channel, self._environment.discord.world.channel("art"), member.dm]
        )
        self._record("imagine", await member.slash(channel, "imagine", prompt=self._words))

    async def _press(self, member: Member) -> None:
        message, custom_id = self._random_button(member, _PRESSED)
        self._record("press", await member.press(message, custom_id=custom_id))

    async def _press_twice(self, member: Member) -> None:
        message, custom_id = self._random_button(member, _PRESSED)
        both = await asyncio.gather(*(member.press(message, custom_id=custom_id) for _ in range(2)))
        for outcome in both:
            self._record("double click", outcome)

    async def _cancel(self, member: Member) -> None:
        message, custom_id = self._random_button(member, {"Cancel"})
        self._record("cancel", await member.press(message, custom_id=custom_id))

    async def _check(self, member: Member) -> None:
        self._record("check", await member.slash(member.dm, "check", prompt="a fox"))

    def _record(self, what: str, outcome: Outcome) -> None:
        self.actions.append(Action(what, outcome))

    def _random_button(self, member: Member, labels: set[str]) -> tuple[dict[str, Any], str]:
        """A random button that the member sees, with its message; raises `Refused` if there is none."""
        seen = [stored.message for stored in self._visible_messages(member)][-_NEWEST:]
        self._rng.shuffle(seen)
        for message in seen:
            fitting = [each["custom_id"] for each in buttons(message) if _name(each) in labels]
            if fitting:
                return message, self._rng.choice(fitting)
        raise Refused("There is nothing to press.")

    def _visible_messages(self, member: Member) -> Iterator[StoredMessage]:
        for channel in self._environment.discord.world.visible_channels(member.id):
            yield from (stored for stored in list(channel.messages.values()) if stored.visible_to(member.id))

    def _unfinished(self, member: Member) -> Iterator[StoredMessage]:
        for stored in self._visible_messages(member):
            asked_by = (stored.message.get("interaction_metadata") or {}).get("user", {}).get("id")
            if asked_by == member.id and is_unfinished(stored.message):
                yield stored


def bot_messages(environment: Environment) -> list[StoredMessage]:
    """All messages of the bot."""
    channels = environment.discord.world.channels.values()
    every = [stored for channel in channels for stored in channel.messages.values()]
    return [stored for stored in every if stored.message["author"]["id"] == APPLICATION_ID]


def is_unfinished(message: dict[str, Any]) -> bool:
    """Whether the message shows neither a result nor an error or another answer."""
    empty = not message["components"] and not message["content"]
    return bool(message["flags"] & LOADING) or empty or "Cancel" in map(_name, buttons(message)) or _cancelling(message)


def is_private(message: dict[str, Any]) -> bool:
    """Whether the message is ephemeral."""
    return bool(message["flags"] & EPHEMERAL)


def _cancelling(message: dict[str, Any]) -> bool:
    return "Cancelling" in str(message["components"])


def _name(button: dict[str, Any]) -> str:
    return button.get("label") or (button.get("emoji") or {}).get("name") or ""


def _in_letters(number: int) -> str:
    """The number in exactly three letters, so that no word is part of another."""
    digits = [number // 26**position % 26 for position in range(3)]
    return "".join(string.ascii_lowercase[digit] for digit in digits)
