"""Everything forgotten and begun again at the same address, on a panel's word."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from playground.cli import Options
from playground.terminal import launch
from tests.playground.panel.client import PanelClient, panel_at
from tests.playground.panel.conftest import COMMAND
from tests.playground.process.test_bot_process import Heard, alive

pytestmark = pytest.mark.process

# Keeps something in its database, and prints what it found there and where.
REMEMBERING = """
import os, pathlib, runpy, sys
kept = pathlib.Path(os.environ["DATABASE_URL"].partition("///")[2])
print("found", kept.exists(), "at", kept, flush=True)
kept.write_text("jobs"); kept.with_name("bot.workflows.db-wal").write_text("steps")
exec(sys.argv[1])
"""
WITH_A_DATABASE = (sys.executable, "-c", REMEMBERING, COMMAND[-1])
DIES_THE_SECOND_TIME = (
    sys.executable,
    "-c",
    "import sys, os\nif os.path.exists('once'): sys.exit(3)\nopen('once', 'w').close()\nexec(sys.argv[1])",
    COMMAND[-1],
)


@pytest.fixture
def heard() -> Heard:
    """What the playground says."""
    return Heard()


@pytest.fixture(params=["--data", "a temporary folder"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where the bot keeps its database."""
    return tmp_path / "data" if request.param == "--data" else None


@pytest.fixture
async def address(heard: Heard, data: Path | None) -> AsyncIterator[str]:
    """Where a playground with a bot that remembers is served; it ends with code 0."""
    options = Options(port=0, browser=False, data=data)
    running = asyncio.create_task(launch(options, heard, WITH_A_DATABASE))
    yield (await heard.wait_for("is ready")).split()[4]
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 60) == 0


async def world_at(address: str) -> str:
    """The world that a chat page meets there, by its name for it."""
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{address}/client/ws") as ws:
        return (await ws.receive_json())["d"]["world"]


async def gone(panel: PanelClient) -> None:
    """Returns when the panel's line is closed."""
    while not panel.ws.closed:
        await panel.ws.receive()


async def test_nothing_is_left_but_the_address(heard: Heard, data: Path | None, address: str) -> None:
    """Another world at the same port, another bot with an empty database; the pace stays as it was chosen."""
    before = await world_at(address)
    async with panel_at(address) as panel:
        first = panel.state["bot"]["pid"]
        await panel.ask("credits", empty=True)
        await panel.ask("speed", value=20)
        await panel.ws.send_json({"op": "reset"})
        await gone(panel)
    await heard.wait_for("is ready", 2)
    assert await world_at(address) != before
    async with panel_at(address) as panel:
        bot = panel.state["bot"]
        assert (bot["pid"] != first, bot["lives"], panel.state["credits"]["left"], panel.state["speed"]) == (
            True,
            1,
            1600,
            20,
        )
    assert not alive(first)
    found = [line.split()[3:6:2] for line in heard.lines if "found" in line]
    assert [there for there, _ in found] == ["False", "False"]
    assert (found[0][1] == found[1][1]) is (data is not None)


async def test_the_same_world_as_long_as_nobody_asks(address: str) -> None:
    """A page that only lost its line finds what it knows."""
    assert await world_at(address) == await world_at(address)


async def test_a_bot_that_ends_by_itself_still_ends_the_playground(heard: Heard, tmp_path: Path) -> None:
    """Killed on demand it is awaited; ended by itself after that, code 1."""
    running = asyncio.create_task(launch(Options(port=0, browser=False, data=tmp_path), heard, DIES_THE_SECOND_TIME))
    address = re.findall(r"http://\S+", await heard.wait_for("is ready"))[0]
    async with panel_at(address) as panel:
        await panel.ask("bot", do="kill")
        await panel.until(lambda state: state["bot"]["state"] == "killed")
        assert not running.done()
        await panel.ws.send_json({"op": "bot", "do": "start"})
        await gone(panel)
    assert await asyncio.wait_for(running, 60) == 1
    assert any("exit code 3" in line for line in heard.lines)
