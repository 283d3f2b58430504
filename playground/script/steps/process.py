"""The bot's own lives, and time that passes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.process.supervisor import BotState
from playground.script.bot_watch import wait_until_offline, wait_until_online
from playground.script.errors import StepFailure
from playground.script.scene import Scene
from playground.script.step_patterns import SECONDS, StepPattern


@dataclass(frozen=True)
class Kill:
    """Kill the bot without a chance for a last word."""

    async def perform(self, scene: Scene) -> None:
        """Kill it; done when Discord knows."""
        if scene.stack.bot.state is not BotState.RUNNING:
            raise StepFailure("the bot does not run")
        await scene.stack.bot.kill()
        await wait_until_offline(scene.stack.discord)
        scene.transcript.add("the bot is killed")


@dataclass(frozen=True)
class Start:
    """Start the bot after it was killed."""

    async def perform(self, scene: Scene) -> None:
        """Start it; done when it is online."""
        if scene.stack.bot.state is BotState.RUNNING:
            raise StepFailure("the bot runs already")
        await scene.stack.bot.start()
        await wait_until_online(scene.stack.discord)
        scene.transcript.add("the bot is online again")


@dataclass(frozen=True)
class Restart:
    """Kill the bot and start it again."""

    async def perform(self, scene: Scene) -> None:
        """One after the other."""
        await Kill().perform(scene)
        await Start().perform(scene)


@dataclass(frozen=True)
class Pause:
    """Let time pass."""

    seconds: float

    async def perform(self, scene: Scene) -> None:
        """Let it pass."""
        await asyncio.sleep(self.seconds)


STEP_PATTERNS = (
    StepPattern(r"kill bot", "kill bot", lambda words: Kill()),
    StepPattern(r"start bot", "start bot", lambda words: Start()),
    StepPattern(r"restart bot", "restart bot", lambda words: Restart()),
    StepPattern(rf"pause {SECONDS}", "pause 3 s", lambda words: Pause(float(words["seconds"]))),
)
