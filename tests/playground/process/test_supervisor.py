"""The bot over several lives: killed on demand, started again, ended by itself."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.process.bot_process import BotProcess, bot_environment
from playground.process.supervisor import BotState, BotSupervisor
from tests.playground.process.test_bot_process import Heard, alive

pytestmark = pytest.mark.process

POLITE = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit(0)))
print("up", os.getpid(), flush=True)
while True: time.sleep(60)
"""


@pytest.fixture
def heard() -> Heard:
    """What all lives say."""
    return Heard()


@pytest.fixture
async def bot(tmp_path: Path, heard: Heard) -> AsyncIterator[BotSupervisor]:
    """A stand-in bot that is up."""

    def new_process() -> BotProcess:
        return BotProcess(bot_environment({}), tmp_path, heard, (sys.executable, "-c", POLITE))

    async with BotSupervisor(new_process) as supervisor:
        await heard.wait_for("up")
        yield supervisor


async def test_a_killed_bot_says_nothing_more(bot: BotSupervisor, heard: Heard) -> None:
    """A kill leaves no chance to clean up, reaches the listeners, and does not count as an end."""
    pid, told = bot.pid, []
    bot.listeners.append(lambda: told.append(bot.state))
    ended = asyncio.create_task(bot.ended())
    await bot.kill()
    assert pid is not None
    assert not alive(pid)
    assert (bot.pid, bot.code, bot.state, told) == (None, -signal.SIGKILL, BotState.KILLED, [BotState.KILLED])
    assert heard.lines == [f"up {pid}"]
    await bot.kill()  # once more changes nothing
    assert (ended.done(), told) == (False, [BotState.KILLED])
    ended.cancel()


async def test_it_lives_again(bot: BotSupervisor, heard: Heard) -> None:
    """After a kill it starts again in a new process; a bot that runs is not started twice."""
    first = bot.pid
    await bot.restart()
    await heard.wait_for(f"up {bot.pid}")
    second = bot.pid
    await bot.start()
    assert first != second == bot.pid
    assert (bot.lives, bot.state) == (2, BotState.RUNNING)


async def test_kills_and_starts_take_turns(bot: BotSupervisor, heard: Heard) -> None:
    """Several wishes at once leave one bot running, not two."""
    await asyncio.gather(bot.restart(), bot.restart(), bot.kill(), bot.start())
    running = bot.pid
    await heard.wait_for(f"up {running}")
    pids = {int(line.split()[1]) for line in heard.lines if line.startswith("up")}
    assert {pid for pid in pids if alive(pid)} == {running}


async def test_its_own_end_is_an_end(bot: BotSupervisor, heard: Heard) -> None:
    """A bot that ends by itself gives its exit code and its last output."""
    assert bot.pid is not None
    os.kill(bot.pid, signal.SIGTERM)
    assert await asyncio.wait_for(bot.ended(), 60) == 0
    assert (bot.state, bot.pid, bot.last_lines[-1]) == (BotState.ENDED, None, "bye")


async def test_leaving_ends_it_in_order(tmp_path: Path, heard: Heard) -> None:
    """At the end the bot is asked, and has its last word; a killed one stays dead."""

    def new_process() -> BotProcess:
        return BotProcess(bot_environment({}), tmp_path, heard, (sys.executable, "-c", POLITE))

    async with BotSupervisor(new_process):
        await heard.wait_for("up")
    assert heard.lines[-1] == "bye"
    async with BotSupervisor(new_process) as bot:
        await heard.wait_for(f"up {bot.pid}")
        await bot.kill()
    assert heard.lines[-1].startswith("up")


async def test_whoever_comes_too_late_starts_nothing(tmp_path: Path, heard: Heard) -> None:
    """A restart that is asked for while the keeper is left leaves no process behind."""

    def new_process() -> BotProcess:
        return BotProcess(bot_environment({}), tmp_path, heard, (sys.executable, "-c", POLITE))

    async with BotSupervisor(new_process) as bot:
        await heard.wait_for("up")
        leaving = asyncio.create_task(bot.__aexit__(None, None, None))
        await asyncio.sleep(0)
        await bot.restart()
        await leaving
        assert (bot.lives, bot.pid) == (1, None)
