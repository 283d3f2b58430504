"""The bot's own lives, and time that passes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playground.process.supervisor import BotState
from playground.script.bot_watch import bot_is_back, bot_is_gone
from playground.script.errors import Failure
from playground.script.scene import Scene
from playground.script.step_patterns import SECONDS, Phrase


@dataclass(frozen=True)
class Kill:
    """Kill the bot without a chance for a last word."""

    async def perform(self, scene: Scene) -> None:
        """Kill it; done when Discord knows."""
        if scene.ensemble.bot.state is not BotState.RUNNING:
            raise Failure("the bot does not run")
        await scene.ensemble.bot.kill()
        await bot_is_gone(scene.ensemble.discord)
        scene.transcript.add("the bot is killed")


@dataclass(frozen=True)
class Start:
    """Start the bot after it was killed."""

    async def perform(self, scene: Scene) -> None:
        """Start it; done when it is online."""
        if scene.ensemble.bot.state is BotState.RUNNING:
            raise Failure("the bot runs already")
        await scene.ensemble.bot.start()
        await bot_is_back(scene.ensemble.discord)
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


PHRASES = (
    Phrase(r"kill bot", "kill bot", lambda words: Kill()),
    Phrase(r"start bot", "start bot", lambda words: Start()),
    Phrase(r"restart bot", "restart bot", lambda words: Restart()),
    Phrase(rf"pause {SECONDS}", "pause 3 s", lambda words: Pause(float(words["seconds"]))),
)
