"""Ordinary members: they use commands, press buttons, double-click, cancel and retry."""

import asyncio
import string
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from playground.discord_server import Member, Outcome, Refused, buttons
from playground.discord_server.base.waiting import WaitTimeout
from playground.discord_server.state.channels import StoredMessage
from playground.discord_server.state.seed import USERS
from tests.chaos.replies import is_unfinished, name_of
from tests.end_to_end.environment import Environment

NAMES = tuple(name for _, name, *_ in USERS)
_PRESSED = {"U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "🔄", "Retry", "Submit again"}
_NEWEST = 40
_LONGEST_ANSWER = 30.0
_WEIGHTS = {"imagine": 57, "press": 28, "press twice": 5, "cancel": 5, "check": 5}
_EAGER_TO_CANCEL = {"cancel": 70, "imagine": 30}
_ECHOING = {"imagine": 100}
_LONGER = "{} at night"
_SAME, _SIMILAR = 0.08, 0.16
"""How often a prompt is one of the last again, and how often it is that or a part or extension of one."""

Count = Callable[[], Awaitable[int]]
Act = Callable[[Member, Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a member and its outcome, known at `answered_at` (seconds since the epoch).

    `job_id` is the job whose button was pressed.
    """

    what: str
    outcome: Outcome
    job_id: str = ""
    answered_at: float = field(default_factory=time.time)


class SimulatedMembers:
    """The four members, each with choices of their own by the seed. `recorded` counts their recorded jobs.

    `ids` are theirs, `actions` all they did, `words` the prompts they made up, newest last. A member who has `at_once`
    unfinished jobs waits.
    """

    def __init__(self, environment: Environment, seed: str, recorded: Count) -> None:
        self.actions: list[Action] = []
        self.ids = [environment.discord.member(name).id for name in NAMES]
        self.words: list[str] = []
        self.at_once = 10
        self._environment = environment
        self._recorded = recorded
        self._dice = {name: Random(f"{seed} {name}") for name in NAMES}  # noqa: S311  # not used for secrets
        self._eager_until = self._echo_until = 0.0
        self._acts: dict[str, Act] = {
            "imagine": self._imagine,
            "press": self._press,
            "press twice": self._press_twice,
            "cancel": self._cancel,
            "check": self._check,
        }

    async def run(self, jobs: int, goes_on: Callable[[], bool] = lambda: False) -> None:
        """Act until this many more jobs are recorded, and as long as `goes_on`."""
        wanted = await self._recorded() + jobs
        async with asyncio.TaskGroup() as living:
            acting = [living.create_task(self._live(name)) for name in NAMES]
            while await self._recorded() < wanted or goes_on():  # noqa: ASYNC110  # there is no event to wait for
                await asyncio.sleep(0.2)
            for member in acting:
                member.cancel()

    def cancel_eagerly(self, seconds: float) -> None:
        """Press Cancel much more often than usual for this many seconds."""
        self._eager_until = _now() + seconds

    def echo(self, seconds: float) -> None:
        """Send the newest prompt, parts and extensions of it for this many seconds, all members."""
        self._echo_until = _now() + seconds

    @property
    def acknowledged(self) -> int:
        """The number of acknowledged actions."""
        return sum(each.outcome.state == "acknowledged" for each in self.actions)

    async def _live(self, name: str) -> None:
        member, rng = self._environment.discord.member(name), self._dice[name]
        while True:
            weights = self._weights()
            if len(list(self._unfinished(member))) >= self.at_once and "press" in weights:
                await asyncio.sleep(0.2)
                continue
            try:
                await self._acts[rng.choices(list(weights), weights=list(weights.values()))[0]](member, rng)
            except Refused:
                # There is no button left, or the bot has not registered its commands yet.
                await asyncio.sleep(0.1)
            await asyncio.sleep(rng.uniform(0.0, 0.3))

    def _weights(self) -> dict[str, int]:
        if _now() < self._eager_until:
            return _EAGER_TO_CANCEL
        return _ECHOING if _now() < self._echo_until else _WEIGHTS

    async def _imagine(self, member: Member, rng: Random) -> None:
        channel = rng.choice([self._environment.channel, self._environment.discord.world.channel("art"), member.dm])
        words = self._prompt(rng, echo=_now() < self._echo_until)
        self._record("imagine", await member.slash(channel, "imagine", prompt=words))

    def _prompt(self, rng: Random, *, echo: bool) -> str:
        """Sometimes an earlier prompt, or one that has it as a part: a search must not rely on the words alone."""
        kind = rng.random() * (_SIMILAR if echo else 1.0)
        if self.words and kind < _SAME:
            return self.words[-1]
        if self.words and kind < _SIMILAR:
            return _LONGER.format(self.words[-1].removesuffix(_LONGER.format("")))
        self.words.append(f"a fox in the {_in_letters(len(self.words))} wood")
        return self.words[-1]

    async def _press(self, member: Member, rng: Random) -> None:
        message, custom_id = self._random_button(member, _PRESSED, rng)
        self._record("press", await member.press(message, custom_id=custom_id), custom_id)

    async def _press_twice(self, member: Member, rng: Random) -> None:
        message, custom_id = self._random_button(member, _PRESSED, rng)
        both = await asyncio.gather(*(member.press(message, custom_id=custom_id) for _ in range(2)))
        for outcome in both:
            self._record("double click", outcome, custom_id)

    async def _cancel(self, member: Member, rng: Random) -> None:
        message, custom_id = self._random_button(member, {"Cancel"}, rng)
        outcome = await member.press(message, custom_id=custom_id)
        if outcome.state == "acknowledged":
            # A deferral comes before the wish is recorded; the words come after it.
            with suppress(WaitTimeout):
                await outcome.wait_for(lambda answer: answer["content"], _LONGEST_ANSWER)
        self._record("cancel", outcome, custom_id)

    async def _check(self, member: Member, _: Random) -> None:
        self._record("check", await member.slash(member.dm, "check", prompt="a fox"))

    def _record(self, what: str, outcome: Outcome, custom_id: str = "") -> None:
        self.actions.append(Action(what, outcome, custom_id.split(":")[2] if custom_id else ""))

    def _random_button(self, member: Member, labels: set[str], rng: Random) -> tuple[dict[str, Any], str]:
        """A random button that the member sees, with its message; raises `Refused` if there is none."""
        seen = [stored.message for stored in self._visible_messages(member)][-_NEWEST:]
        rng.shuffle(seen)
        for message in seen:
            fitting = [each["custom_id"] for each in buttons(message) if name_of(each) in labels]
            if fitting:
                return message, rng.choice(fitting)
        raise Refused("There is nothing to press.")

    def _visible_messages(self, member: Member) -> Iterator[StoredMessage]:
        for channel in self._environment.discord.world.visible_channels(member.id):
            yield from (stored for stored in list(channel.messages.values()) if stored.visible_to(member.id))

    def _unfinished(self, member: Member) -> Iterator[StoredMessage]:
        for stored in self._visible_messages(member):
            asked_by = (stored.message.get("interaction_metadata") or {}).get("user", {}).get("id")
            if asked_by == member.id and is_unfinished(stored.message):
                yield stored


def _now() -> float:
    return asyncio.get_running_loop().time()


def _in_letters(number: int) -> str:
    """The number in exactly three letters, so that no word is part of another."""
    digits = [number // 26**position % 26 for position in range(3)]
    return "".join(string.ascii_lowercase[digit] for digit in digits)
