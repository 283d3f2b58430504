"""`python -m playground`: options, start, page, end."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from playground.cli import DEFAULT_PORT, Options, parse_options
from playground.imaginepro import PATHS
from playground.process.bot_process import ROOT
from playground.terminal import launch

# A bot as far as the playground can see: registers a command, identifies at the gateway, waits for its end.
STAND_IN = """
import asyncio, os, aiohttp
async def main():
    api, headers = os.environ["DISCORD_API_URL"], {"Authorization": "Bot " + os.environ["DISCORD_TOKEN"]}
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as http:
        print("pid", os.getpid(), "settings", *sorted(os.environ), flush=True)
        async with http.get(api + "/users/@me") as answer:
            me = await answer.json()
        commands = [{"name": "imagine", "description": "Paint"}]
        async with http.put(f"{api}/applications/{me['id']}/commands", json=commands): pass
        async with http.ws_connect(os.environ["DISCORD_GATEWAY_URL"] + "/?v=10&encoding=json") as gateway:
            await gateway.receive_json()
            identity = {"token": os.environ["DISCORD_TOKEN"], "intents": 1, "properties": {}}
            await gateway.send_json({"op": 2, "d": identity})
            async for frame in gateway: pass
asyncio.run(main())
"""
# Ends as a failed start does.
BROKEN = "import sys; print('DISCORD_TOKEN is not valid'); sys.exit(2)"

DRIVER = f"""
import asyncio, sys
from playground.cli import parse_options
from playground.terminal import launch
say = lambda line: print(line, flush=True)
sys.exit(asyncio.run(launch(parse_options(sys.argv[1:]), say, (sys.executable, "-c", {STAND_IN!r}))))
"""


def test_defaults() -> None:
    """Without options: the usual port, a browser, five times the real pace, a temporary folder."""
    assert parse_options([]) == Options(port=DEFAULT_PORT, browser=True, speed=5.0, data=None)


def test_every_option() -> None:
    """Each option reaches its place."""
    options = parse_options(["--port", "0", "--no-browser", "--speed", "20", "--data", "here"])
    assert options == Options(port=0, browser=False, speed=20.0, data=Path("here"))


@pytest.mark.parametrize(
    "wrong", [["--port", "70000"], ["--speed", "0"], ["--port", "x"], ["--data", __file__], ["--unknown"]]
)
def test_nonsense_is_refused_in_a_line(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong option ends with code 2 and names itself."""
    with pytest.raises(SystemExit) as ending:
        parse_options(wrong)
    assert ending.value.code == 2
    assert wrong[0] in capsys.readouterr().err


async def test_a_bot_that_ends_is_reported(tmp_path: Path) -> None:
    """When the bot can't start, its exit code and last lines are printed and the playground ends too."""
    said: list[str] = []
    options = Options(port=0, browser=False, data=tmp_path / "new")
    assert await launch(options, said.append, (sys.executable, "-c", BROKEN)) == 1
    assert "bot │ DISCORD_TOKEN is not valid" in said
    assert any("exit code 2" in line for line in said)
    assert said[-1].strip() == "DISCORD_TOKEN is not valid"
    assert (tmp_path / "new").is_dir()


@pytest.mark.process
async def test_the_page_is_shown_once_the_bot_is_online(tmp_path: Path) -> None:
    """The browser gets the address that is printed, and the page is served there."""
    said: list[str] = []
    shown: asyncio.Queue[str] = asyncio.Queue()
    options = Options(port=0, data=tmp_path)
    running = asyncio.create_task(launch(options, said.append, (sys.executable, "-c", STAND_IN), shown.put_nowait))
    address = await asyncio.wait_for(shown.get(), 60)
    assert any(address in line for line in said)
    async with aiohttp.ClientSession() as http, http.get(address) as response:
        assert "ImaginePro playground" in await response.text()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(running, 60) == 0


@asynccontextmanager
async def started(*options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The playground with the stand-in bot, as a process of its own with a person's secrets around it."""
    environment = {**os.environ, "DISCORD_TOKEN": "real", "IMAGINEPRO_API_KEY": "real", "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, *options, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_with(process: asyncio.subprocess.Process, words: str) -> str:
    """The next line of the process that contains the words."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        async for line in process.stdout:
            if words in line.decode():
                return line.decode()
    raise AssertionError(f"it ended without saying {words!r}")


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end with code 0 and leave no bot behind."""
    async with started("--no-browser", "--port", "0") as process:
        said = await line_with(process, "bot │ pid")
        await line_with(process, "ready: http://127.0.0.1:")
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(int(said.split()[3]), 0)
    given = set(said.split()[5:])
    assert given >= {"DISCORD_API_URL", "IMAGINEPRO_BASE_URL", "IMAGINEPRO_API_KEY", "DATABASE_URL", "LOG_FORMAT"}
    assert given >= {"IMAGINEPRO_DIY", "OPERATOR_GUILD_ID", *PATHS}


@pytest.mark.process
async def test_a_taken_port_is_no_obstacle() -> None:
    """When the port is taken the playground says so and uses a free one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with started("--no-browser", "--port", str(port)) as process:
            await line_with(process, f"Port {port} is taken")
            said = await line_with(process, "ready")
            assert f":{port} " not in said
            process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(process.wait(), 60) == 0
