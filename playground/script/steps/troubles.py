"""What goes wrong at the image API and at Discord."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.discord_server.control import SWITCHES
from playground.imaginepro.scenarios import CATALOGUE
from playground.script.failures import Mistake
from playground.script.phrases import SECONDS, TIMES, Phrase, Words
from playground.script.scene import Scene

_ROUTE = r'(?: "(?P<route>[^"]+)")?'


@dataclass(frozen=True)
class Scenario:
    """One of the API's scenarios, so many times; None means until cleared."""

    name: str
    times: int | None

    @classmethod
    def read(cls, words: Words) -> Scenario:
        """As it was written; raises `Mistake` for one that does not exist."""
        name = words["name"]
        if name not in CATALOGUE:
            close = difflib.get_close_matches(name, CATALOGUE, 3) or sorted(CATALOGUE)
            raise Mistake(f"the API has no scenario “{name}”; expected one like: {', '.join(close)}")
        return cls(name, None if "lasting" in words else words.count("times") or 1)

    async def perform(self, scene: Scene) -> None:
        """Choose it."""
        often = "until cleared" if self.times is None else f"{self.times} ×"
        scene.transcript.add(f"the API: {self.name}, {often}")
        scene.ensemble.api.control.choose(self.name, self.times)


@dataclass(frozen=True)
class Setting:
    """Something of the API is set: `clear`, `speed`, `credits` or `hold` (percent; none lets all jobs go on)."""

    name: str
    value: float | None = None

    async def perform(self, scene: Scene) -> None:
        """Set it."""
        api, value = scene.ensemble.api, self.value
        scene.transcript.add(f"the API: {self.name}{'' if value is None else f' {value:g}'}")
        match self.name:
            case "speed" if value is not None:
                api.speed = value
            case "credits" if value is not None:
                api.account.credits, api.account.extra = int(value), 0
            case "hold" if value is not None:
                api.hold(int(value))
            case "go on":
                api.hold(None)
            case _:
                api.control.clear()


@dataclass(frozen=True)
class Switch:
    """One of the local Discord's faults, with its particulars."""

    name: str
    asked: Mapping[str, Any]

    @classmethod
    def read(cls, words: Words) -> Switch:
        """As it was written."""
        numbers = {key: float(words[key]) for key in ("seconds",) if key in words}
        counts = {key: int(words[key]) for key in ("times", "status") if key in words}
        return cls(words["name"], {**numbers, **counts, "route": words.text("route")})

    async def perform(self, scene: Scene) -> None:
        """Throw the switch."""
        particulars = " ".join(f"{key} {value}" for key, value in self.asked.items() if value)
        scene.transcript.add(f"Discord: {self.name} {particulars}".rstrip())
        await SWITCHES[self.name](scene.ensemble.discord.core, dict(self.asked))


def _speed(words: Words) -> Setting:
    speed = float(words["speed"])
    if not 0.1 <= speed <= 1000:
        raise Mistake("a speed is a number from 0.1 to 1000")
    return Setting("speed", speed)


PHRASES = (
    Phrase(
        rf"api scenario (?P<name>\S+?)(?: (?:once|{TIMES}|(?P<lasting>until cleared)))?",
        "api scenario queue-full [once / 2 times / until cleared]",
        Scenario.read,
    ),
    Phrase(r"api speed (?P<speed>\d+(?:\.\d+)?)", "api speed 20", _speed),
    Phrase(r"api credits (?P<credits>\d+)", "api credits 0", lambda words: Setting("credits", float(words["credits"]))),
    Phrase(
        r"api hold (?P<percent>\d\d?|100) ?%", "api hold 46 %", lambda words: Setting("hold", float(words["percent"]))
    ),
    Phrase(r"api go on", "api go on", lambda words: Setting("go on")),
    Phrase(r"api clear", "api clear", lambda words: Setting("clear")),
    Phrase(rf"discord (?P<name>slow) {SECONDS}", "discord slow 2 s", Switch.read),
    Phrase(
        rf"discord (?P<name>rate-limit){_ROUTE}(?: {TIMES})?(?: for {SECONDS})?",
        'discord rate-limit ["/messages/{message_id}"] [3 times] [for 2 s]',
        Switch.read,
    ),
    Phrase(
        rf"discord (?P<name>refuse){_ROUTE}(?: with (?P<status>[45]\d\d))?(?: {TIMES})?",
        'discord refuse ["/callback"] [with 503] [2 times]',
        Switch.read,
    ),
    Phrase(
        r"discord (?P<name>drop-gateway|reconnect|expire-tokens|clear)",
        "discord drop-gateway / reconnect / expire-tokens / clear",
        Switch.read,
    ),
)
