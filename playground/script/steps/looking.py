"""Waiting for what shall come, and expecting what shall be there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.script.conditions import SIGHT, Sight
from playground.script.errors import Failure
from playground.script.scene import Scene
from playground.script.step_patterns import ON_REPLY, SECONDS, Phrase
from playground.script.transcript import named

PATIENCE = 60.0  # seconds: more than a job takes at its real pace


@dataclass(frozen=True)
class WaitFor:
    """Wait until the sight is there."""

    sight: Sight
    seconds: float
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Wait, also for a bot that is killed and started again."""
        try:
            async with asyncio.timeout(self.seconds):
                while not shown(scene, self.sight, self.reply):
                    await scene.replies.change()
        except TimeoutError:
            there = scene.instead(self.reply)
            raise Failure(f"{self.sight} did not come within {self.seconds:g} s; {there}") from None


@dataclass(frozen=True)
class Expect:
    """The sight is there now, or is not."""

    sight: Sight
    wanted: bool
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Look."""
        found = shown(scene, self.sight, self.reply)
        if self.wanted and not found:
            raise Failure(f"{self.sight} is not there; {scene.instead(self.reply)}")
        if found and not self.wanted:
            raise Failure(f"{self.sight} is there; {scene.instead(self.reply)}")


@dataclass(frozen=True)
class ExpectRefused:
    """Discord answered the last action in the bot's place, with these words."""

    text: str

    async def perform(self, scene: Scene) -> None:
        """Compare, and be content."""
        said, scene.refusal = scene.refusal, None
        if said is None:
            raise Failure(f"nothing was refused; {scene.instead()}")
        if self.text not in said:
            raise Failure(f"“{self.text}” is not what Discord said, but: {said}")


@dataclass(frozen=True)
class ExpectCredits:
    """The account behind the bot holds so many credits."""

    credits: int

    async def perform(self, scene: Scene) -> None:
        """Look into the simulated API's account."""
        there = scene.ensemble.api.credits
        if there != self.credits:
            raise Failure(f"the account holds {there} credits, not {self.credits}")


def shown(scene: Scene, sight: Sight, number: int | None) -> str | None:
    """Which of the replies that are meant shows it now, if any."""
    return next((named(each) for each in scene.looked_at(number) if sight.shown_on(each.message)), None)


PHRASES = (
    Phrase(
        rf"wait for {SIGHT}{ON_REPLY}(?: within {SECONDS})?",
        'wait for "46 %" / private "…" / button U2 / a picture [on reply 1] [within 60 s]',
        lambda words: WaitFor(Sight.of(words), words.number("seconds", PATIENCE), words.count("reply")),
    ),
    Phrase(
        r'expect refused "(?P<text>[^"]+)"',
        'expect refused "permission"',
        lambda words: ExpectRefused(words["text"]),
    ),
    Phrase(
        r"expect credits (?P<credits>\d+)",
        "expect credits 1590",
        lambda words: ExpectCredits(int(words["credits"])),
    ),
    Phrase(
        rf"expect (?P<no>no )?{SIGHT}{ON_REPLY}",
        'expect [no] "a red fox" / private "…" / button U2 / a picture [on reply 1]',
        lambda words: Expect(Sight.of(words), "no" not in words, words.count("reply")),
    ),
)
