"""What goes wrong at the image API and at Discord."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.discord_server.fault_api import SWITCHES
from playground.imaginepro.faults import CATALOGUE
from playground.script.errors import StepSyntaxError
from playground.script.scene import Scene
from playground.script.step_patterns import SECONDS, TIMES, StepMatch, StepPattern

_ROUTE = r'(?: "(?P<route>[^"]+)")?'


@dataclass(frozen=True)
class ApiFault:
    """One of the API's faults, `times` times; None means until cleared."""

    written: str
    name: str
    times: int | None

    @classmethod
    def read(cls, words: StepMatch) -> ApiFault:
        """As it was written; raises `StepSyntaxError` for one that does not exist."""
        name = words["name"]
        if name not in CATALOGUE:
            close = difflib.get_close_matches(name, CATALOGUE, 3) or sorted(CATALOGUE)
            raise StepSyntaxError(f"the API has no scenario “{name}”; expected one like: {', '.join(close)}")
        return cls(words.line, name, None if "lasting" in words else words.count("times") or 1)

    async def perform(self, scene: Scene) -> None:
        """Choose it."""
        scene.transcript.add(self.written)
        scene.stack.api.faults.choose(self.name, self.times)


@dataclass(frozen=True)
class ApiSetting:
    """Something of the API is set: `speed`, `credits`, `hold` (percent), or everything is to `go on` or be `clear`."""

    written: str
    name: str
    value: float = 0.0

    @classmethod
    def read(cls, words: StepMatch) -> ApiSetting:
        """As it was written; raises `StepSyntaxError` for a speed that makes no sense."""
        name, value = words["name"], words.number("value", 0.0)
        if name == "speed" and not 0.1 <= value <= 1000:
            raise StepSyntaxError("a speed is a number from 0.1 to 1000")
        return cls(words.line, name, value)

    async def perform(self, scene: Scene) -> None:
        """Set it."""
        scene.transcript.add(self.written)
        api, value = scene.stack.api, self.value
        match self.name:
            case "speed":
                api.speed = value
            case "credits":
                api.account.credits, api.account.extra = int(value), 0
            case "hold":
                api.hold(int(value))
            case "go on":
                api.hold(None)
            case _:
                api.faults.clear()


@dataclass(frozen=True)
class DiscordFault:
    """One of the local Discord's faults, with its particulars."""

    written: str
    name: str
    asked: Mapping[str, Any]

    @classmethod
    def read(cls, words: StepMatch) -> DiscordFault:
        """As it was written."""
        numbers = {key: float(words[key]) for key in ("seconds",) if key in words}
        counts = {key: int(words[key]) for key in ("times", "status") if key in words}
        return cls(words.line, words["name"], {**numbers, **counts, "route": words.text("route")})

    async def perform(self, scene: Scene) -> None:
        """Throw the switch."""
        scene.transcript.add(self.written)
        await SWITCHES[self.name](scene.stack.discord.core, dict(self.asked))


STEP_PATTERNS = (
    StepPattern(
        rf"api scenario (?P<name>\S+?)(?: (?:once|{TIMES}|(?P<lasting>until cleared)))?",
        "api scenario queue-full [once / 2 times / until cleared]",
        ApiFault.read,
    ),
    StepPattern(r"api (?P<name>speed) (?P<value>\d+(?:\.\d+)?)", "api speed 20", ApiSetting.read),
    StepPattern(r"api (?P<name>credits) (?P<value>\d+)", "api credits 0", ApiSetting.read),
    StepPattern(r"api (?P<name>hold) (?P<value>\d\d?|100) ?%", "api hold 46 %", ApiSetting.read),
    StepPattern(r"api (?P<name>go on|clear)", "api go on / clear", ApiSetting.read),
    StepPattern(rf"discord (?P<name>slow) {SECONDS}", "discord slow 2 s", DiscordFault.read),
    StepPattern(
        rf"discord (?P<name>rate-limit){_ROUTE}(?: {TIMES})?(?: for {SECONDS})?",
        'discord rate-limit ["/messages/{message_id}"] [3 times] [for 2 s]',
        DiscordFault.read,
    ),
    StepPattern(
        rf"discord (?P<name>refuse){_ROUTE}(?: with (?P<status>[45]\d\d))?(?: {TIMES})?",
        'discord refuse ["/callback"] [with 503] [2 times]',
        DiscordFault.read,
    ),
    StepPattern(
        r"discord (?P<name>drop-gateway|reconnect|expire-tokens|clear)",
        "discord drop-gateway / reconnect / expire-tokens / clear",
        DiscordFault.read,
    ),
)
