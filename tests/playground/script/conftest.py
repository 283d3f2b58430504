"""Scripts that are played from a test."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from playground.cli import Options
from playground.script.run import ExitCode, run_script

STAND_IN = (sys.executable, "-W", "ignore", "-m", "tests.playground.script.stand_in_bot")


@dataclass
class Played:
    """How a script ended, and what was printed meanwhile."""

    ending: ExitCode | None = None
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """The transcript without its times."""
        return [line[9:].strip() if line.lstrip().startswith("+") else line for line in self.out]


Play = Callable[..., Awaitable[Played]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays lines with the stand-in bot, or with another command in its place."""

    async def played(*lines: str, command: tuple[str, ...] = STAND_IN, **options: bool) -> Played:
        script, result = tmp_path / "script.txt", Played()
        script.write_text("\n".join(lines), encoding="utf-8")
        asked = replace(Options(speed=20, script=str(script), headless=True), **options)
        result.ending = await run_script(asked, result.out.append, result.err.append, command)
        return result

    return played
