"""Every second one of the written scenarios, played with the real bot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.process.bot_process import ROOT

SCENARIOS = sorted((ROOT / "docs" / "scenarios").glob("*.txt"))


def outcome(scenario: Path) -> tuple[int, str]:
    """The exit code and the last line, or all that was printed when it did not pass."""
    command = [sys.executable, "-m", "playground", "--headless", "--speed", "20", "--script", str(scenario)]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ, timeout=110, capture_output=True, text=True, encoding="utf-8", check=False
    )
    last = ended.stdout.splitlines()[-1]
    return ended.returncode, last.partition(":")[0] if ended.returncode == 0 else ended.stdout + ended.stderr


@pytest.mark.process
@pytest.mark.parametrize("scenario", SCENARIOS[::2], ids=lambda path: path.stem)
def test_it_passes(scenario: Path) -> None:
    """What is written there is true of the bot."""
    assert outcome(scenario) == (0, "passed")
