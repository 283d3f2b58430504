"""Hostile members: floods of free commands, and images made to keep the bot busy."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from playground.discord_server import Member, Outcome, Refused
from playground.discord_server.state.bulk_seed import add_people
from tests.chaos.people.hostile_images import hostile_images
from tests.end_to_end.environment import Environment

_MEMBERS = 2
_CHECK_SECONDS = 0.15
"""Between two /check of one member: as often as requests to the API have a turn here, so two members need twice as many
turns as there are."""

_TYPING_SECONDS = 0.15
_IMAGE_SECONDS = 4.0
_PENDING = 24
"""Interactions of one kind and member that may be unanswered."""

Act = Callable[[Member, Random], Awaitable[Outcome | None]]


class HostileMembers:
    """Guests who act while `run` does. `ids` are theirs, `done` counts what they did and how it was answered."""

    def __init__(self, environment: Environment, seed: str) -> None:
        self.done: Counter[str] = Counter()
        self._environment = environment
        self._seed = seed
        self._names = add_people(environment.discord.world, _MEMBERS)
        self.ids = [environment.discord.member(name).id for name in self._names]

    async def run(self) -> None:
        """Act until cancelled."""
        async with asyncio.TaskGroup() as acting:
            for name in self._names:
                member = self._environment.discord.member(name)
                for what, pause, act in (
                    ("check", _CHECK_SECONDS, self._check),
                    ("type", _TYPING_SECONDS, self._type),
                    ("image", _IMAGE_SECONDS, self._image),
                ):
                    rng = Random(f"{self._seed} {name} {what}")  # noqa: S311  # not used for secrets
                    acting.create_task(self._flood(what, pause, member, rng, act))

    async def _flood(self, what: str, pause: float, member: Member, rng: Random, act: Act) -> None:
        """Act at this rate, whether or not the bot keeps up."""
        slots = asyncio.Semaphore(_PENDING)
        async with asyncio.TaskGroup() as pending:
            while True:
                await slots.acquire()
                one = pending.create_task(self._once(what, member, rng, act))
                one.add_done_callback(lambda _: slots.release())
                await asyncio.sleep(pause)

    async def _once(self, what: str, member: Member, rng: Random, act: Act) -> None:
        try:
            outcome = await act(member, rng)
        except Refused:
            # The bot has not registered its commands yet.
            return
        self.done[f"{what} {outcome.state}" if outcome is not None else what] += 1

    async def _check(self, member: Member, rng: Random) -> Outcome:
        return await member.slash(member.dm, "check", prompt=f"a fox number {rng.randrange(10**6)}")

    async def _type(self, member: Member, rng: Random) -> None:
        await member.autocomplete(member.dm, "job", "id", rng.choice("abcdefghijklm"))

    async def _image(self, member: Member, rng: Random) -> Outcome:
        first, second = rng.sample(hostile_images(), k=2)
        channel = self._environment.channel
        match rng.choice(["describe", "blend", "imagine"]):
            case "describe":
                return await member.slash(channel, "describe", image=first)
            case "blend":
                return await member.slash(channel, "blend", image1=first, image2=second)
            case _:
                return await member.slash(channel, "imagine", prompt="a fox", image=first, image2=second)
