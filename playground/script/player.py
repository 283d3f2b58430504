"""Plays a script's lines one after the other."""

from playground.discord_server import WaitTimeout
from playground.script.bot_watch import wait_until_online
from playground.script.errors import StepFailure
from playground.script.parse import Line, Script
from playground.script.scene import Scene
from playground.script.steps.expectations import ExpectRefused


class ScriptFailed(Exception):
    """A line did not go as written; the text says where and why."""


class Player:
    """Plays a script; `at` is the current position, for example `fox.txt:3`."""

    def __init__(self, script: Script, scene: Scene) -> None:
        self._script = script
        self._scene = scene
        self.at = script.name

    async def play(self) -> None:
        """Wait for the bot and play all lines; raises `ScriptFailed`, and `BotOffline` for a bot that does not come."""
        await wait_until_online(self._scene.stack.discord)
        self._scene.transcript.add("the bot is online")
        for line, after in zip(self._script.lines, [*self._script.lines[1:], None], strict=True):
            self.at = f"{self._script.name}:{line.number}"
            try:
                await self._perform(line, after)
            except (StepFailure, WaitTimeout) as failure:
                raise ScriptFailed(f"{self.at}: {line.text}\n  {str(failure).splitlines()[0]}") from None

    async def _perform(self, line: Line, after: Line | None) -> None:
        await line.step.perform(self._scene)
        # What Discord refuses is a failure, unless it is what the next line is about.
        if self._scene.refusal and not (after and isinstance(after.step, ExpectRefused)):
            raise StepFailure(f"Discord says: {self._scene.refusal}")
