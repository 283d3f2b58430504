"""Waiting for what shall come, and expecting what shall be there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.script.conditions import CONDITION, Condition
from playground.script.errors import StepFailure
from playground.script.scene import Scene
from playground.script.step_patterns import ON_REPLY, SECONDS, StepPattern
from playground.script.transcript import named

WAIT_SECONDS = 60.0  # seconds: more than a job takes at its real pace


@dataclass(frozen=True)
class WaitFor:
    """Wait until the sight is there."""

    condition: Condition
    seconds: float
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Wait, also for a bot that is killed and started again."""
        try:
            async with asyncio.timeout(self.seconds):
                while not shown(scene, self.condition, self.reply):
                    await scene.replies.change()
        except TimeoutError:
            there = scene.instead(self.reply)
            raise StepFailure(f"{self.condition} did not come within {self.seconds:g} s; {there}") from None


@dataclass(frozen=True)
class Expect:
    """The sight is there now, or is not."""

    condition: Condition
    wanted: bool
    reply: int | None

    async def perform(self, scene: Scene) -> None:
        """Look."""
        found = shown(scene, self.condition, self.reply)
        if self.wanted and not found:
            raise StepFailure(f"{self.condition} is not there; {scene.instead(self.reply)}")
        if found and not self.wanted:
            raise StepFailure(f"{self.condition} is there; {scene.instead(self.reply)}")


@dataclass(frozen=True)
class ExpectRefused:
    """Discord answered the last action in the bot's place, with these words."""

    text: str

    async def perform(self, scene: Scene) -> None:
        """Compare, and be content."""
        said, scene.refusal = scene.refusal, None
        if said is None:
            raise StepFailure(f"nothing was refused; {scene.instead()}")
        if self.text not in said:
            raise StepFailure(f"“{self.text}” is not what Discord said, but: {said}")


@dataclass(frozen=True)
class ExpectCredits:
    """Expect the number of credits in the bot's account."""

    credits: int

    async def perform(self, scene: Scene) -> None:
        """Look into the simulated API's account."""
        there = scene.stack.api.credits
        if there != self.credits:
            raise StepFailure(f"the account holds {there} credits, not {self.credits}")


def shown(scene: Scene, condition: Condition, number: int | None) -> str | None:
    """Which of the replies that are meant shows it now, if any."""
    return next((named(each) for each in scene.looked_at(number) if condition.shown_on(each.message)), None)


STEP_PATTERNS = (
    StepPattern(
        rf"wait for {CONDITION}{ON_REPLY}(?: within {SECONDS})?",
        'wait for "46 %" / private "…" / button U2 / a picture [on reply 1] [within 60 s]',
        lambda words: WaitFor(Condition.of(words), words.number("seconds", WAIT_SECONDS), words.count("reply")),
    ),
    StepPattern(
        r'expect refused "(?P<text>[^"]+)"',
        'expect refused "permission"',
        lambda words: ExpectRefused(words["text"]),
    ),
    StepPattern(
        r"expect credits (?P<credits>\d+)",
        "expect credits 1590",
        lambda words: ExpectCredits(int(words["credits"])),
    ),
    StepPattern(
        rf"expect (?P<no>no )?{CONDITION}{ON_REPLY}",
        'expect [no] "a red fox" / private "…" / button U2 / a picture [on reply 1]',
        lambda words: Expect(Condition.of(words), "no" not in words, words.count("reply")),
    ),
)
