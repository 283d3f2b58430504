"""The command line: `python -m bot` runs the bot, `python -m bot check` verifies its settings."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from enum import IntEnum
from typing import Any, NoReturn

import aiohttp
from yarl import URL

from bot.app.api_clients import api_clients
from bot.app.check import check
from bot.app.console import tolerate_narrow_output
from bot.app.event_loop import loop_factory
from bot.app.logging_setup import configure_logs
from bot.app.start_errors import explain
from bot.app.wiring import services_for
from bot.client.bot import Bot, use_discord_urls
from bot.http_session import connector
from bot.safe_fetch import PublicSessions
from bot.settings.model import Settings, SettingsError, load_settings
from bot.store import Database, ShardLoginLocks
from bot.timings import DEFAULT_TIMINGS, Timings
from bot.ui.base.errors import report

log = logging.getLogger("bot")

_EXIT_CODES = """\
exit codes:
  0  run: stopped by a signal; check: everything is ready
  1  run: could not start, or can't go on; check: something is not ready. A line says what to do
  2  the settings or the command line are wrong; nothing was started
  3  run: no request to Discord has gone through for minutes; start it again
"""


class ExitCode(IntEnum):
    """How the command ended."""

    DONE = 0
    FAILED = 1
    WRONG_SETTINGS = 2
    SILENCE = 3


_CLOSING_SECONDS = 30.0
"""How long a process to which Discord is silent may take to close; then it ends as it is."""


def main() -> int:
    """Run the command and return the exit code."""
    tolerate_narrow_output()
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="The ImaginePro bot for Discord: run it, or check that everything it needs is there.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", choices=["run", "check"], default="run")
    command = parser.parse_args().command
    try:
        settings = load_settings()
    except SettingsError as error:
        print(*error.lines, sep="\n", file=sys.stderr)  # noqa: T201
        return ExitCode.WRONG_SETTINGS
    configure_logs(settings)
    use_discord_urls(settings.discord_api_url, settings.discord_gateway_url)
    try:
        with asyncio.Runner(loop_factory=loop_factory(settings.database_url.get_secret_value())) as runner:
            return runner.run(check(settings) if command == "check" else run(settings))
    except KeyboardInterrupt:
        # On Windows this is what Ctrl+C ends with, after everything was closed.
        return ExitCode.DONE


async def run(settings: Settings, timings: Timings = DEFAULT_TIMINGS) -> int:
    """The exit code, once the bot was told to stop or could not start."""
    url = settings.database_url.get_secret_value()
    try:
        async with (
            aiohttp.ClientSession(connector=connector()) as session,
            PublicSessions() as strangers,
            Database(url, patience=timings.database_start) as database,
        ):
            clients = await api_clients(settings, session, database, timings, strangers=strangers.session_for)
            async with (
                ShardLoginLocks(database) as login_locks,
                Bot(
                    open_services=services_for(settings, database, clients, timings),
                    report=report,
                    shards=settings.shards,
                    login_gate=login_locks if settings.shards.is_partial else None,
                    timings=timings,
                    proxy=settings.proxies.for_url(URL(settings.discord_api_url)),
                ) as bot,
            ):
                return await _run_until_signal(bot.start(settings.discord_token.get_secret_value()), bot.silence())
    except Exception as error:
        line = explain(error, url)
        # Any other error is shown with its traceback, by way of the log, which hides secrets.
        log.error(line or "The bot ended by an error of its own. Please report it.", exc_info=None if line else error)  # noqa: TRY400
        return ExitCode.FAILED


async def _run_until_signal(start: Coroutine[Any, Any, None], silence: Coroutine[Any, Any, None]) -> ExitCode:
    """Run `start` until it ends, or is cancelled: by SIGINT or SIGTERM, or when `silence` returns.

    Cancelled, it closes what it has opened; closing the bot from outside would leave one that is still starting without
    its connections.
    """
    task = asyncio.create_task(start)

    def stop() -> None:
        log.info("stopping")
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        # On Windows the loop has no signal handlers; Ctrl+C raises KeyboardInterrupt there.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop)
    watchdog = asyncio.create_task(silence)
    await asyncio.wait({task, watchdog}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        # What closes may wait for Discord as well.
        asyncio.get_running_loop().call_later(_CLOSING_SECONDS, _exit_process, ExitCode.SILENCE)
        task.cancel()
        await asyncio.wait({task})
        return ExitCode.SILENCE
    watchdog.cancel()
    if not task.cancelled():
        task.result()
    return ExitCode.DONE


def _exit_process(code: int) -> NoReturn:
    """End the process without waiting for its threads.

    The workflow engine's threads keep retrying a lost database, while everything that matters is stored already.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _exit_process(main())
