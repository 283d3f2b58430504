"""A script from its file to the exit code."""

import asyncio
from collections.abc import Callable, Sequence
from enum import IntEnum

from playground.cli import Options
from playground.process.bot_process import BOT_COMMAND
from playground.script.bot_watch import BotOutput
from playground.script.errors import BotOffline
from playground.script.parse import STANDARD_INPUT, InvalidScript, Script, load_script
from playground.script.player import Player, ScriptFailed
from playground.script.scene import Scene
from playground.script.transcript import Redactor, Transcript
from playground.stack import KEY, PAGE, Stack
from playground.terminal import leave, open_page, stop_signal


class ExitCode(IntEnum):
    """How a script ended."""

    PASSED = 0
    FAILED = 1  # something expected was not there, or did not come in time
    WRONG = 2  # the script makes no sense; nothing was started
    BOT_GONE = 3  # the bot ended by itself, or did not start
    STOPPED = 130  # Ctrl-C


Say = Callable[[str], None]


async def run_script(
    options: Options,
    say: Say,
    complain: Say,
    command: Sequence[str] = BOT_COMMAND,
    show: Callable[[str], None] = open_page,
) -> ExitCode:
    """Play the script of the options: the transcript to `say`, mistakes and what the bot says to `complain`."""
    try:
        script = load_script(options.script or STANDARD_INPUT)
    except InvalidScript as mistakes:
        complain(str(mistakes))
        return ExitCode.WRONG
    stop, redact = stop_signal(), Redactor([KEY])
    bot_output = BotOutput(complain, redact, verbose=options.verbose)
    transcript = Transcript(say, redact)
    try:
        async with _open_stack(options, bot_output.add, command) as stack:
            redact.secrets.append(stack.discord.token)
            if not options.headless:
                _present(stack, transcript, show if options.browser else None)
            ending = await _played(script, stack, transcript, stop)
            if ending in (ExitCode.FAILED, ExitCode.BOT_GONE):
                bot_output.flush()
            if not options.headless and ending in (ExitCode.PASSED, ExitCode.FAILED):
                await _stay_open(transcript, stop)
    except OSError as problem:
        transcript.end(f"FAILED: the playground could not start: {problem.strerror}")
        return ExitCode.BOT_GONE
    return ending


def _present(stack: Stack, transcript: Transcript, show: Say | None) -> None:
    transcript.end(f"The page is at {stack.discord.url}")
    if show:
        show(stack.discord.url)


async def _stay_open(transcript: Transcript, stop: asyncio.Event) -> None:
    transcript.end("The page stays open (Ctrl-C ends it).")
    await stop.wait()
    transcript.end("Ending the playground …")


def _open_stack(options: Options, say: Say, command: Sequence[str]) -> Stack:
    return Stack(
        port=0 if options.headless else options.port,
        speed=options.speed,
        data=options.data,
        say=say,
        command=command,
        page=None if options.headless else PAGE,
    )


async def _played(script: Script, stack: Stack, transcript: Transcript, stop: asyncio.Event) -> ExitCode:
    """Play it until its end, that of the bot, or Ctrl-C."""
    scene = Scene(stack, transcript, script.folder)
    player = Player(script, scene)
    playing = asyncio.create_task(player.play())
    ended = asyncio.create_task(stack.bot.ended())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({playing, ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        scene.replies.listeners.clear()  # what comes while everything ends is no part of the story
        if stop.is_set():
            transcript.end(f"stopped at {player.at}")
            return ExitCode.STOPPED
        if ended.done():
            transcript.end(f"FAILED at {player.at}: the bot ended by itself with exit code {ended.result()}")
            return ExitCode.BOT_GONE
        playing.result()
    except ScriptFailed as stuck:
        transcript.end(f"FAILED at {stuck}")
        return ExitCode.FAILED
    except BotOffline as absent:
        transcript.end(f"FAILED at {player.at}: {absent}")
        return ExitCode.BOT_GONE
    finally:
        await leave({playing, ended, stopped})
    transcript.end(f"passed: {_counted(len(script.lines))} in {transcript.seconds:.0f} s")
    return ExitCode.PASSED


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
