"""How a step is written: a pattern, an example for error messages, and the step it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from playground.script.errors import StepSyntaxError

if TYPE_CHECKING:
    from playground.script.scene import Scene

SECONDS = r"(?P<seconds>\d+(?:\.\d+)?) ?s"
TIMES = r"(?P<times>[1-9]\d*) times?"
ON_REPLY = r"(?: on reply (?P<reply>[1-9]\d*))?"
# A button's name may be left without quotes, unless it reads like the rest of a step.
BUTTON = r'(?P<button>"[^"]+"|(?:(?! on reply | within ).)+?)'
_PICTURE = re.compile(r"[^\s:]+\.(?:png|jpe?g|webp|gif)", re.IGNORECASE)


class Step(Protocol):
    """Something that is done or looked at."""

    async def perform(self, scene: Scene) -> None:
        """Do it; raises `StepFailure` when it does not go as written."""
        ...


@dataclass(frozen=True)
class StepMatch:
    """What stood at the named places of a pattern, in which line. `folder` is where files are looked for."""

    line: str
    found: Mapping[str, str]
    folder: Path

    def __getitem__(self, name: str) -> str:
        return self.found[name]

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def text(self, name: str) -> str:
        """What stood there, without the quotes around it; empty when nothing did."""
        text = self.found.get(name, "")
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text

    def number(self, name: str, default: float) -> float:
        """The number that stood there."""
        return float(self.found.get(name, default))

    def count(self, name: str) -> int | None:
        """The whole number that stood there, if any."""
        return int(self.found[name]) if name in self.found else None

    def check_picture(self, value: str) -> None:
        """Raises `StepSyntaxError` when the value is the name of a picture that is not there."""
        if _PICTURE.fullmatch(value) and not (self.folder / value).is_file():
            raise StepSyntaxError(f"there is no file {value} in the script's folder")


@dataclass(frozen=True)
class StepPattern:
    """One way to write a step. `example` is shown for a line that starts alike and does not match."""

    pattern: str
    example: str
    build: Callable[[StepMatch], Step]

    @property
    def word(self) -> str:
        """What it begins with."""
        return self.example.split()[0]

    def read(self, line: str, folder: Path) -> Step | None:
        """The step, or None when the line is something else; raises `StepSyntaxError`."""
        match = re.fullmatch(self.pattern, line)
        if match is None:
            return None
        found = {key: value for key, value in match.groupdict().items() if value is not None}
        return self.build(StepMatch(line, found, folder))
