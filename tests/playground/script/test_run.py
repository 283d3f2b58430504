"""How scripts end: exit codes, secrets, signals, the command line, the page."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from playground.__main__ import main
from playground.cli import Options, parse_options
from playground.process.bot_process import ROOT
from playground.script import bot_watch
from playground.script.run import ExitCode, run_script
from tests.playground.script.conftest import STAND_IN, Play

pytestmark = pytest.mark.process

BROKEN = (sys.executable, "-c", "import sys; print('DISCORD_TOKEN is not valid'); sys.exit(2)")
TALKER = (
    sys.executable,
    "-c",
    f"import os; print('good morning', flush=True); os.execv({STAND_IN[0]!r}, {list(STAND_IN)!r})",
)
DRIVER = f"""
import asyncio, sys
from playground.__main__ import complain, say
from playground.cli import parse_options
from playground.script.run import run_script
sys.exit(asyncio.run(run_script(parse_options(sys.argv[1:]), say, complain, {STAND_IN!r})))
"""


async def test_nothing_is_started_for_a_wrong_script(play: Play) -> None:
    """All mistakes go to standard error; the output stays empty."""
    played = await play("dance", "press U2", "as bob", command=("/no/such/program",))
    assert played.ending == ExitCode.WRONG
    assert played.out == []
    assert "script.txt:1: “dance”" in played.err[0]
    assert "script.txt:3: there is no member “bob”" in played.err[0]


async def test_a_bot_that_does_not_start(play: Play) -> None:
    """Its exit code and its last lines are printed."""
    played = await play("press U2", command=BROKEN)
    assert played.ending == ExitCode.BOT_GONE
    assert played.out[-1].endswith("the bot ended by itself with exit code 2")
    assert played.err == ["bot │ DISCORD_TOKEN is not valid"]


async def test_a_bot_that_never_comes_online(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs and does not connect: the script fails after the timeout."""
    monkeypatch.setattr(bot_watch, "ONLINE_SECONDS", 0.1)
    played = await play("press U2", command=(sys.executable, "-c", "import time; time.sleep(500)"))
    assert played.ending == ExitCode.BOT_GONE
    assert played.out[-1].endswith("the bot did not come online within 0.1 s")


async def test_a_program_that_does_not_exist(play: Play) -> None:
    """The same ending, in a line."""
    played = await play("press U2", command=("/no/such/program",))
    assert played.ending == ExitCode.BOT_GONE
    assert played.out == ["FAILED: the playground could not start: No such file or directory"]


async def test_a_bot_that_ends_by_itself_ends_a_wait(play: Play) -> None:
    """At once and with the line that was played; its printed output holds none of its secrets."""
    played = await play("/die", 'wait for "never" within 500 s')
    assert played.ending == ExitCode.BOT_GONE
    assert "the bot ended by itself with exit code 7" in played.out[-1]
    assert "script.txt:1" in played.out[-1]
    assert "bot │ last words ••• •••" in played.err
    assert next(line for line in played.err if line.startswith("bot │ /interactions/")).endswith("/•••/callback")


async def test_no_secret_is_told(play: Play) -> None:
    """Tokens and addresses that a message holds stay out of the transcript."""
    played = await play("/tell", 'wait for "told"', 'expect no "mask"', 'expect no "hook"')
    assert played.ending == ExitCode.PASSED, played.out
    assert "reply 1 in #general: told ••• (link) here" in played.told


async def test_a_failure_shows_what_the_bot_said_last(play: Play) -> None:
    """Its lines come beside the output, and only then unless all are asked for."""
    loud = await play("/whisper", command=TALKER, verbose=True)
    quiet = await play("/whisper", command=TALKER)
    failed = await play("/whisper", "press Nothing", command=TALKER)
    assert [loud.ending, quiet.ending, failed.ending] == [ExitCode.PASSED, ExitCode.PASSED, ExitCode.FAILED]
    assert [loud.err, quiet.err, failed.err] == [["bot │ good morning"], [], ["bot │ good morning"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """The transcript says where it was, the exit code is 130, and no bot is left behind."""
    script = tmp_path / "script.txt"
    script.write_text("/whisper\nwait for button Never within 500 s\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, "--headless", "--script", str(script),
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while b"between us" not in await process.stdout.readline():
            continue
        process.send_signal(number)
        rest, _ = await process.communicate()
    assert process.returncode == 130
    assert rest.decode().splitlines()[-1] == f"stopped at {script}:2"


async def test_a_script_from_standard_input(tmp_path: Path) -> None:
    """`-` reads it; mistakes name it so."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground", "--headless", "--script", "-",
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(b"press U2\ntanze\n"), 60)
    assert (process.returncode, out) == (2, b"")
    assert err.decode().startswith("standard input:2: “tanze”")


async def test_with_a_page_it_can_be_watched(tmp_path: Path) -> None:
    """Without --headless the page is shown, stays after the last step, and Ctrl-C ends it with the script's code."""
    script, out, shown = tmp_path / "script.txt", asyncio.Queue[str](), asyncio.Queue[str]()
    script.write_text("/whisper\npress Nothing", encoding="utf-8")
    options = Options(port=0, script=str(script))
    running = asyncio.create_task(run_script(options, out.put_nowait, lambda _: None, STAND_IN, shown.put_nowait))
    async with asyncio.timeout(60):
        address = await shown.get()
        while "stays open" not in await out.get():
            continue
        async with aiohttp.ClientSession() as http, http.get(address) as response:
            assert "ImaginePro playground" in await response.text()
        assert out.empty()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == ExitCode.FAILED


def test_options_of_scripts() -> None:
    """Each reaches its place."""
    asked = parse_options(["--headless", "--script", "fox.txt", "--verbose"])
    assert asked == replace(Options(), headless=True, script="fox.txt", verbose=True)


@pytest.mark.parametrize("option", ["--headless", "--verbose"])
def test_options_that_need_a_script(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without one they are refused with code 2, and a hint."""
    with pytest.raises(SystemExit) as ending:
        main([option])
    assert ending.value.code == ExitCode.WRONG
    assert "add --script FILE (--no-browser opens no page)" in capsys.readouterr().err


def test_the_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them."""
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert [each for each in ExitCode if f"\n  {each.value} " not in told] == []


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Code 2 and a line."""
    assert main(["--headless", "--script", "/no/such/file.txt"]) == ExitCode.WRONG
    assert capsys.readouterr().err == "/no/such/file.txt can't be read: No such file or directory\n"
