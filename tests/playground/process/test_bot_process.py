"""The bot's process: its environment, what it says, how it is ended."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from playground.process.bot_process import BotProcess, bot_environment

pytestmark = pytest.mark.process

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
print("up", flush=True)
while True: time.sleep(60)
"""
POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit(0)))
print("up", flush=True)
while True: time.sleep(60)
"""


class Heard:
    """The lines a process printed, and a way to wait for one."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._new = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self._new.set()

    async def wait_for(self, words: str, times: int = 1) -> str:
        """The line that contains the words for the given number of times."""
        async with asyncio.timeout(60):
            while len(found := [line for line in self.lines if words in line]) < times:
                self._new.clear()
                await self._new.wait()
        return found[times - 1]


def process(code: str, folder: Path, heard: Heard, stop_seconds: float = 10.0) -> BotProcess:
    """A stand-in bot that runs this code."""
    return BotProcess(bot_environment({}), folder, heard, (sys.executable, "-c", code), stop_seconds)


def alive(pid: int) -> bool:
    """Whether a process of that number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_is_asked_to_end_and_listened_to_until_then(tmp_path: Path) -> None:
    """Leaving the context ends the process in order: its last words arrive."""
    heard = Heard()
    async with process(POLITE, tmp_path, heard) as bot:
        await heard.wait_for("up")
        assert alive(bot.pid)
    assert heard.lines == ["up", "bye"]
    assert not alive(bot.pid)
    assert await bot.exited() == 0


async def test_who_does_not_listen_is_ended_anyway(tmp_path: Path) -> None:
    """After the timeout the process is killed, also when the playground failed meanwhile."""
    heard = Heard()
    bot = process(STUBBORN, tmp_path, heard, stop_seconds=0.2)

    async def fail_meanwhile() -> None:
        async with bot:
            await heard.wait_for("up")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail_meanwhile()
    assert not alive(bot.pid)
    assert heard.lines == ["up", "not now"]


async def test_its_end_is_noticed_with_code_and_last_lines(tmp_path: Path) -> None:
    """A process that ends by itself has an exit code; of many lines the last are kept, of long ones everything."""
    heard = Heard()
    code = "import sys\nfor n in range(40): print(n)\nprint('x' * 300_000)\nsys.stderr.write('no newline')\nsys.exit(3)"
    async with process(code, tmp_path, heard) as bot:
        assert await bot.exited() == 3
    assert len(heard.lines) == 42
    assert [len(line) for line in bot.tail][-2:] == [300_000, len("no newline")]
    assert bot.tail[0] == "27"


async def test_nothing_of_the_person_reaches_the_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the person's variables nor a .env of theirs; only what it is given and what every program needs."""
    monkeypatch.setenv("DISCORD_TOKEN", "a real token")
    monkeypatch.setenv("IMAGINEPRO_API_KEY", "a real key")
    monkeypatch.setenv("ANYTHING_ELSE", "private")
    environment = bot_environment({"LOG_LEVEL": "INFO"})
    assert environment.keys() & {"DISCORD_TOKEN", "IMAGINEPRO_API_KEY", "ANYTHING_ELSE"} == set()
    assert environment["LOG_LEVEL"] == "INFO"
    heard = Heard()
    code = "import os; print(os.getcwd()); import bot; print(sorted(os.environ))"
    bot = BotProcess(environment, tmp_path, heard, (sys.executable, "-c", code))
    async with bot:
        assert await bot.exited() == 0
    assert heard.lines[0] == str(tmp_path)
    assert "real" not in "".join(heard.lines)
